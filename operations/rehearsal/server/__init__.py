"""What runs inside the emulator's own process: the emulator and this project's extension of it."""
