# -*- coding: utf-8 -*-
"""Tables of what Python 2.7 makes of `struct` formats and of bytes that should be UTF-8"""
import os
import random
import struct

import referee

ORDERS = ['', '@', '=', '<', '>', '!']
CODES = 'xcbB?hHiIlLqQfdspP'
COUNTS = ['', '0', '1', '3', '12']
ODD = [
    # Blanks, orders and counts where they may and may not be, and what no format has.
    '', ' ', '\0', '3', '03', '3 Q', ' Q', '\t\n\x0b\x0c\rQ', '\x1cQ', '\x85Q', '\xa0Q', ' <Q', '< Q', '<<Q', 'Q<',
    '@@Q', '+Q', '-1Q', '1_0Q', '1.5d', 'e', 'n', 'N', 'O', 'u', 'w', 'U', 'S', 'z', 'Q\0z', 'Q\0', 'Q3', 'Q 3',
    '=\0Q', '0000000000000000000000003Q',
    # Large counts and sizes.
    '9223372036854775807x', '9223372036854775808x', '9223372036854775807s', '9223372036854775808s',
    '9223372036854775806xb', '9223372036854775807xb', '9223372036854775800xQ', '9223372036854775801xQ',
    '9223372036854775799x0Qb', '9223372036854775801x0Qb', '1152921504606846975Q', '1152921504606846976Q',
    '18446744073709551617Q', 'Q9223372036854775807', 'Q9223372036854775808',
    '9223372036854775807x9223372036854775807x',
    # Nothing.
    '0s0s', '0sx', '0p', 'Q0p', '0pQ', '0x0s', 'bQ0s', '0Q0d0c']
# Larger ones Python cannot unpack, for want of bytes or memory.
UNPACKED = 4096


def formats(rows):
    """Every item in every order and some counts, odd ones, and `rows` at random"""
    for order in ORDERS:
        for code in CODES:
            for count in COUNTS:
                yield order + count + code
                yield order + 'b' + count + code
    for odd in ODD:
        yield odd
    dice = random.Random(1)
    for _ in range(rows):
        items = [dice.choice(COUNTS + ['2', '10', '']) + dice.choice(CODES + CODES + ' ~')
                 for _ in range(dice.randrange(6))]
        yield dice.choice(ORDERS) + ''.join(items)


def struct_row(dice, fmt):
    """The format, its size, bytes of that size, and the first value in them, as the reader has it"""
    try:
        size = struct.calcsize(fmt)
    except (struct.error, MemoryError):
        return [fmt.encode('hex'), None, '', None]
    if size > UNPACKED:
        return [fmt.encode('hex'), size, '', None]
    data = ''.join(dice.choice('\0\1\2\3ab\x7f\x80\xff\xc3\xa9') for _ in range(size))
    try:
        value = struct.unpack(fmt, data)[0]
    except (IndexError, SystemError):
        return [fmt.encode('hex'), size, data.encode('hex'), None]
    if isinstance(value, str):
        value = value.split('\0', 1)[0].decode('utf8', 'ignore')
    return [fmt.encode('hex'), size, data.encode('hex'), referee.exact(value)]


PIECES = (
    ['a', '\0', 'z'] + [character.encode('utf8') for character in (u'é', u'尺', u'🦀', u'\uffff')] +
    [chr(byte) for byte in (0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef,
                            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfc, 0xfe, 0xff)] +
    ['\xed\xa0\xbd', '\xed\xb8\x80', '\xed\xaf\xbf', '\xe0\xa0\x80', '\xe0\x9f\xbf', '\xf0\x90\x80\x80',
     '\xf0\x8f\xbf\xbf', '\xf4\x8f\xbf\xbf', '\xf4\x90\x80\x80', '\xed\x9f\xbf'])


def texts(rows):
    dice = random.Random(2)
    for _ in range(rows):
        data = ''.join(dice.choice(PIECES) for _ in range(dice.randrange(12)))
        # Cut anywhere, too.
        yield data[:len(data) - dice.randrange(3)]


def write(directory, rows):
    dice = random.Random(3)
    with open(os.path.join(directory, 'struct_formats.json'), 'wb') as table:
        table.write(referee.lines([struct_row(dice, fmt) for fmt in formats(rows)]) + '\n')
    with open(os.path.join(directory, 'texts.json'), 'wb') as table:
        rows = [[data.encode('hex'), referee.plain(data.decode('utf8', 'ignore'))] for data in texts(rows)]
        table.write(referee.lines(rows) + '\n')
