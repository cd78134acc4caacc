"""`locate` against `tomllib`: the same key paths, each with its key at the place."""

import json
import re
import string
import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pvsim.scenario.positions import MAX_DEPTH, locate, scan

# -- random documents in random styles

NASTY = [
    "[not.a.header]\nkey = 1",
    "# no comment",
    'say """ three',
    "it's '''here",
    "a\\b",
    "]",
    "}, x = {",
    "end\\",
    '"',
    "line\r\nbreak",
    "tab\there",
    "桥\u202e\U0001f600",
]
TEXTS = st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8"), max_size=6)
BARE = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=5)
KEYS = BARE | st.sampled_from(["a.b", "[x]", "#k", 'q"uote', "it's", "back\\slash", "", "ü", "\u202e"])
SCALARS = TEXTS | st.integers(-99, 99) | st.booleans() | st.floats(-1e3, 1e3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)


class Writer:
    """Writes nested data as TOML, drawing a style wherever there is a choice."""

    def __init__(self, draw):
        self.draw = draw
        self.lines = []

    def one_of(self, *options):
        return self.draw(st.sampled_from(options))

    def key(self, key):
        styles = [json.dumps(key)]
        if re.fullmatch(r"[A-Za-z0-9_-]+", key):
            styles += [key, key]
        if "'" not in key and key.isprintable():
            styles.append(f"'{key}'")
        if key.isascii() and key.isalpha():
            styles.append('"' + "".join(f"\\u{ord(c):04x}" for c in key) + '"')
        return self.one_of(*styles)

    def dotted(self, path):
        return self.one_of(".", " . ", "\t.").join(self.key(k) for k in path)

    def text(self, text):
        basic = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        styles = [basic, f'"""{basic[1:-1]}"""']
        plain = not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
        if plain and '"""' not in text and "\\" not in text and not text.endswith('"'):
            styles.append(f'"""\n{text}"""')
        if plain and "'''" not in text and not text.endswith("'"):
            styles.append(f"'''\n{text}'''")
        if plain and "'" not in text and not re.search(r"[\n\t]", text):
            styles.append(f"'{text}'")
        return self.one_of(*styles)

    def value(self, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            gap = self.one_of("", " ", "\n  ", " # ] comment\n")
            end = self.one_of("", ",") if value else ""
            return "[" + gap + f",{gap}".join(self.value(v) for v in value) + end + gap + "]"
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{self.key(k)} = {self.value(v)}" for k, v in value.items()) + " }"
        return repr(value)

    def pair(self, path, value):
        ending = self.one_of("", " ", " # [comment] = 1")
        self.lines.append(
            self.one_of("", "  ") + f"{self.dotted(path)}{self.one_of('=', ' = ')}{self.value(value)}{ending}"
        )

    def dotted_pairs(self, path, table):
        for key, value in table.items():
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                self.dotted_pairs([*path, key], value)
            else:
                self.pair([*path, key], value)

    def table(self, path, table):
        below = []
        for key, value in table.items():
            if isinstance(value, dict):
                style = self.one_of("inline", "header", "dotted" if value else "inline")
            elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
                style = self.one_of("inline", "array")
            else:
                style = "inline"
            if style == "dotted":
                self.dotted_pairs([key], value)
            elif style == "inline":
                self.pair([key], value)
            else:
                below.append((key, value, style))
            if self.draw(st.integers(0, 4)) == 0:
                self.lines.append(self.one_of("", "# x = 1", "\t# [[t]]"))
        for key, value, style in below:
            for part in value if style == "array" else [value]:
                opening, closing = ("[[", "]]") if style == "array" else ("[", "]")
                only_tables = part and all(isinstance(v, dict) and v for v in part.values())
                if style == "array" or not only_tables or self.draw(st.booleans()):
                    self.lines.append(f"{opening} {self.dotted([*path, key])}{closing} # h")
                    self.table([*path, key], part)
                else:  # the parent stays implicit: only its children have headers
                    for child, inner in part.items():
                        self.lines.append(f"[{self.dotted([*path, key, child])}]")
                        self.table([*path, key, child], inner)


@st.composite
def documents(draw):
    writer = Writer(draw)
    writer.table([], draw(DOCUMENTS))
    text = "\n".join(writer.lines) + draw(st.sampled_from(["", "\n", "\n# end"]))
    return re.sub(r"\r?\n", "\r\n", text) if draw(st.booleans()) else text


def paths_of(value, path=()):
    """Every key path and element path of parsed data."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from paths_of(inner, (*path, key))


def check(text):
    places = locate(text)
    assert set(places) == set(paths_of(tomllib.loads(text)))
    lines = text.split("\n")
    for path, (line, column) in places.items():
        rest = lines[line - 1][column - 1 :]
        if isinstance(path[-1], str):
            token = re.match(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+', rest)
            assert token, (path, rest)
            assert list(tomllib.loads(f"{token[0]} = 1")) == [path[-1]]
        else:
            assert rest and not rest[0].isspace()


@settings(max_examples=250, deadline=None)
@given(documents())
def test_same_paths_as_tomllib(text):
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# only a comment",
        "a = 1",
        "[a]\n[a.b]\nc = 1\r\n[d]",
        "[a.b]\nx = 1\n[a]\ny = 2",
        "[[a]]\nb = 1\n[a.c]\nd = 1\n[[a]]\n[[a.e]]\n[[a.e]]\nf.g = 1",
        'x = """\n[t]\nk = 1 \\"""\n""""" # five quotes\ny = 1',
        "x = '''\n'k' = 1\n''''\ny = ''",
        "a = [\n  { b = 1, c.d = [1, [2]] }, # x\n  {},\n]\n",
        '"a.b".\'c#d\' = 1\n"\\u0041\\n" = 2',
        "d = 1979-05-27 07:32:00 # date with a blank\ne = [ 1979-05-27 07:32:00 ]",
        "a.b.c = 1\na.b.d = 2\n[e]\nf.g = 1",
    ],
)
def test_chosen_documents(text):
    check(text)


def test_places():
    text = "# head\r\n[site]\r\n  latitude = 1\r\n[[roof]]\r\n[[roof]]\r\n"
    text += 'panels = 8 # x\r\na = { "b c" = [1, 2] }'
    assert locate(text) == {
        ("site",): (2, 2),
        ("site", "latitude"): (3, 3),
        ("roof",): (4, 3),
        ("roof", 0): (4, 3),
        ("roof", 1): (5, 3),
        ("roof", 1, "panels"): (6, 1),
        ("roof", 1, "a"): (7, 1),
        ("roof", 1, "a", "b c"): (7, 7),
        ("roof", 1, "a", "b c", 0): (7, 16),
        ("roof", 1, "a", "b c", 1): (7, 19),
    }


def test_own_header_beats_implicit_parent():
    assert locate("[a.b]\nx = 1\n[a]\ny = 2")["a",] == (3, 2)


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("a = 1\na = 2", (("a",), (1, 1), (2, 1))),
        ("[a]\n[b]\n[a]", (("a",), (1, 2), (3, 2))),
        ("[a]\nb = 1\n[a.b]", (("a", "b"), (2, 1), (3, 4))),
        ("a.b = 1\n[a]", (("a",), (1, 1), (2, 2))),
        ("x = { a = 1, a = 2 }", (("x", "a"), (1, 7), (1, 14))),
        ("[a]\n[[a]]", (("a",), (1, 2), (2, 3))),
        ("a = 1\na.b = 2", (("a",), (1, 1), (2, 1))),
    ],
)
def test_repeats(text, repeat):
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert scan(text).repeats[0] == repeat


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 500, ".".join("a" * 5000) + " = 1", "[" + ".".join("a" * 40) + "]", "x = " + "{a=" * 500],
)
def test_too_deep(text):
    assert scan(text).too_deep is not None


def test_allowed_depth():
    text = "x = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert scan(text).too_deep is None
    assert scan(text.replace("[]", "[1]")).too_deep is not None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("[]{}=.,\"'#\n\r\\ ab1", max_size=60))
@example('"\\U00110000" = 1')
@example('"\\')
@example("[[")
def test_broken_text_never_raises(text):
    places = locate(text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    assert set(places) == set(paths_of(data))


def test_hostile_strings_take_linear_time():
    for text in ('x = """' + 'a"' * 200_000, "x = '''" + "a'" * 200_000, 'x = "' + "\\n" * 200_000):
        locate(text)
