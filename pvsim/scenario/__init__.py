"""What is asked: a TOML file becomes frozen values, or one error with all of its problems."""
