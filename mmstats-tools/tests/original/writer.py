"""Writes at full speed with the original, until its input ends: every value is one of two, or counts.

Usage: writer.py DIRECTORY
"""
import select
import sys

from mmstats import fields, models


class Stats(models.MmStats):
    calls = fields.CounterField()
    ratio = fields.DoubleField()
    level = fields.UInt64Field()
    word = fields.StringField(32)
    state = fields.BoolField()


stats = Stats(path=sys.argv[1], filename='live-{PID}.mmstats')
stats.word = 'start'
print stats.filename
sys.stdout.flush()
while not select.select([sys.stdin], [], [], 0)[0]:
    for i in range(1000):
        stats.calls.incr()
        stats.ratio = (0.1, -1e300)[i & 1]
        stats.level = (1, 2 ** 64 - 1)[i & 1]
        stats.state = bool(i & 1)
stats.remove()
