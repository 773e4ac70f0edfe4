// Entry of the command line: flagsctl.
