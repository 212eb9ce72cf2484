#!/usr/bin/env python3
"""Runs a program with a listening Unix socket as its third descriptor, as systemd's sockets do.

usage: activate.py SOCKET PROGRAM [ARGUMENT ...]
"""
import os
import socket
import sys

FIRST_PASSED = 3

path, *command = sys.argv[1:]
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen(8)
if listening.fileno() != FIRST_PASSED:
    os.dup2(listening.fileno(), FIRST_PASSED)
os.set_inheritable(FIRST_PASSED, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(command[0], command)
