"""The built-in commands; they import only espsh.api."""
