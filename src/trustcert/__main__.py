"""``python -m trustcert`` is ``trustcert``."""

from trustcert.cli import main

if __name__ == "__main__":
    main()
