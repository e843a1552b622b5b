"""What the original says of a file, in a form that loses nothing."""
import json
import os
import re
import subprocess
import sys

from mmstats import reader


def plain(text):
    """`text` with U+FFFD for each surrogate without a partner, and pairs as their character"""
    return text.encode('utf-16-le').decode('utf-16-le', 'replace')


def exact(value):
    """The kind of `value`, and all its digits or characters"""
    if isinstance(value, bool):
        return ['bool', str(value)]
    if isinstance(value, (int, long)):
        return ['int', str(value)]
    if isinstance(value, float):
        return ['float', value.hex()]
    return ['text', plain(value)]


def fields(path):
    """The fields of the file up to the first that the original cannot read, and why it cannot"""
    found = []
    try:
        with open(path, 'rb') as data:
            for label, value in reader.MmStatsReader(data):
                found.append([plain(label)] + exact(value))
    except Exception as error:
        return found, '%s: %s' % (type(error).__name__, error)
    return found, None


def slurped(path):
    """What slurpstats prints of the file to where a terminal would be"""
    environment = dict(os.environ, PYTHONIOENCODING='utf-8', PYTHONPATH=os.pathsep.join(sys.path))
    slurpstats = subprocess.Popen(
        [sys.executable, '-m', 'mmstats.slurpstats', os.path.basename(path)],
        cwd=os.path.dirname(path), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Its tracebacks name lines of Python's own code.
    return slurpstats.communicate()[0]


def lines(rows):
    """`rows` as JSON, one a line"""
    return '[\n%s\n]' % ',\n'.join(json.dumps(row) for row in rows) if rows else '[]'


def write_verdict(path):
    """Writes what the original says of PATH.mmstats beside it: PATH.json and PATH.txt"""
    stem = re.sub(r'\.mmstats$', '', path)
    found, error = fields(path)
    with open(stem + '.json', 'wb') as verdict:
        verdict.write('{"error": %s, "fields": %s}\n' % (json.dumps(error), lines(found)))
    with open(stem + '.txt', 'wb') as text:
        text.write(slurped(path))
