"""The JSON API: each operation reads its parameters, asks `codes.answers` or a look-up, and hands back the value."""
