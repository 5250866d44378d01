"""The emulator process: ministack and this project's extension of it."""
