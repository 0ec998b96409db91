"""`python -m modelwright`."""

from modelwright.start import main

if __name__ == "__main__":
    main()
