"""Lets mmstats for Python write files, and writes down what it reads in them.

Run it with Python 2.7 and mmstats 0.8.0 on PYTHONPATH:

    python2.7 generate.py [DIRECTORY]

DIRECTORY is the one of this script if nothing is said. Every run writes the same bytes.
"""
import os
import sys
import time

# The process, which is another in every run. The model takes these when it is imported.
os.getpid = lambda: 4711
os.getuid = lambda: 1000
os.getgid = lambda: 100
time.time = lambda: 1357924680.25
sys.version = '2.7.18 (default, Jan  1 2020, 00:00:00) \n[GCC 9.2.0]'
sys.dont_write_bytecode = True

import mmstats.models

# Taken already by then: `mmstats` imports both.
mmstats.models.MmStats.tid.value = 4712

import by_hand
import models
import referee
import tables


def main(directory):
    for name, write in models.CASES + by_hand.CASES:
        path = os.path.join(directory, name + '.mmstats')
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        write(path)
        # The original makes them executable.
        os.chmod(path, 0644)
        referee.write_verdict(path)
    tables.write(directory, rows=300)


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)))
