# -*- coding: utf-8 -*-
"""Files that the original writes: (name, function that writes to a path)"""
import os

from mmstats import fields, models

CASES = []
PAGE = 4096


def model(**members):
    """A model of just these fields"""
    return type('Model', (models.BaseMmStats,), members)


def case(name, cls, change=lambda stats: None, raises=None, **options):
    """Adds a file: of an instance of `cls`, after `change`, or as far as it got if that `raises`"""
    def write(path):
        directory, filename = os.path.split(path)
        try:
            change(cls(path=directory, filename=filename, **options))
        except Exception as error:
            assert raises and isinstance(error, raises), error
        else:
            assert not raises, 'no %s' % raises
    CASES.append((name, write))


def states(name, new, change):
    """Adds a file of a field class in all its states"""
    case('fields/' + name, model(initial=new(), set=new(), wrapped=new(), unset=new()), change)


def statics(name, cls, set, wrapped, unset):
    """Adds a file of a field class that has its value from the start"""
    case('fields/' + name, model(
        set=cls(value=set), wrapped=cls(value=wrapped), unset=cls(value=unset),
        called=cls(label='called.label', value=lambda: set)))


# A class of fields each.

def numbers(set, wrapped):
    def change(stats):
        stats.set = set
        stats.wrapped = wrapped
        stats.unset = set
        stats.unset = 0
    return change


states('uint64', fields.UInt64Field, numbers(2 ** 63 + 1, 2 ** 64 + 5))
states('uint', fields.UIntField, numbers(2 ** 31 + 1, 2 ** 32 + 5))
states('int', fields.IntField, numbers(-7, 2 ** 31))
states('short', fields.ShortField, numbers(-7, 2 ** 15))
states('ushort', fields.UShortField, numbers(2 ** 15 + 1, 2 ** 16 + 5))
states('byte', fields.ByteField, numbers(-7, 2 ** 7))
states('float', fields.FloatField, numbers(0.1, 1e39))
states('double', fields.DoubleField, numbers(0.1, float('nan')))
states('bool', fields.BoolField, numbers(True, 'any truth'))


def counters(stats):
    stats.set.incr()
    stats.set.incr(41)
    stats.wrapped.value = 2 ** 64 - 2
    stats.wrapped.incr(5)
    stats.unset.incr(3)
    stats.unset.value = 0


def averages(stats):
    for value in (1, 2, 4, 8):
        stats.set.add(value)
    for value in (1e308, 1e308, -float('inf')):
        stats.wrapped.add(value)
    stats.unset.add(0.5)
    stats.unset.add(-0.5)


def moving_averages(stats):
    stats.set.add(5.5)
    for value in (1, 2, 4, 8):
        stats.wrapped.add(value)
    stats.unset.add(7)
    for _ in range(3):
        stats.unset.add(0)


def timers(stats):
    for timer, times in ((stats.set, 1), (stats.wrapped, 5), (stats.unset, 1)):
        for _ in range(times):
            with timer:
                pass
    stats.unset.value = 0


def clock():
    """A timer of which each look takes twice as long as the one before"""
    now = [0.0009765625]

    def look():
        now[0] *= 2
        return now[0]
    return look


states('counter', fields.CounterField, counters)
states('average', fields.AverageField, averages)
states('moving_average', lambda: fields.MovingAverageField(size=3), moving_averages)
states('timer', lambda: fields.TimerField(size=3, timer=clock()), timers)


def strings(stats):
    stats.set = u'größe 🦀'
    stats.wrapped = u'ten bytes, and ä'
    stats.unset = 'something long that stays in the file'
    stats.unset = ''


def cut_strings(stats):
    stats.cut_unicode = u'123ää'
    stats.cut_bytes = u'123ää'.encode('utf8')
    stats.latin1 = u'größe'.encode('latin1')
    stats.nul = 'ab\0cd'
    stats.shorter = 'something long'
    stats.shorter = 'short'
    stats.surrogates = 'a pair: \xed\xa0\xbd\xed\xb8\x80'


states('string', lambda: fields.StringField(size=10), strings)
case('fields/string_bytes', model(
    cut_unicode=fields.StringField(size=6), cut_bytes=fields.StringField(size=6),
    default=fields.StringField(), latin1=fields.StringField(), nul=fields.StringField(), shorter=fields.StringField(size=20),
    surrogates=fields.StringField()), cut_strings)
case('fields/bool_initial', model(on=fields.BoolField(initial=True), off=fields.BoolField(initial=False)))

statics('static_uint', fields.StaticUIntField, 2 ** 31 + 1, 2 ** 32 + 5, 0)
statics('static_int64', fields.StaticInt64Field, -7, 2 ** 63, 0)
statics('static_uint64', fields.StaticUInt64Field, 2 ** 63 + 1, -1, 0)
statics('static_float', fields.StaticFloatField, 0.1, 1e39, -0.0)
statics('static_double', fields.StaticDoubleField, 1e-310, -float('inf'), -0.0)
statics('static_text', fields.StaticTextField, u'größe'.encode('utf8'), '0123456789abcdef' * 16, '')
# A static field without a value leaves the file half made.
case('models/static_without_value', model(
    **dict(('field%d' % n, fields.StaticUIntField(value=n or None)) for n in range(8))), raises=ValueError)


# Models, labels and prefixes.

class Process(models.MmStats):
    requests = fields.CounterField(label='web.requests')
    version = fields.StaticTextField(value='1.2.3')


class Derived(Process):
    errors = fields.CounterField()
    # Another field instead of the base's.
    version = fields.StaticUIntField(value=2)


def count(stats):
    stats.requests.incr(7)


case('models/process', models.MmStats)
case('models/subclass', Process, count)
case('models/subclass_of_subclass', Derived, count)
case('models/prefix', Derived, count, label_prefix='app.one.')
case('models/prefix_unicode', Process, count, label_prefix=u'app.')
# Its length is counted in characters, and then it cannot be stored.
case('models/prefix_not_ascii', Process, count, label_prefix=u'größe.', raises=UnicodeEncodeError)
case('models/no_fields', models.BaseMmStats)
case('models/one_label_twice', model(
    a=fields.StaticUIntField(label='same', value=1), b=fields.StaticUIntField(label='same', value=2)))
case('models/labels', model(
    utf8=fields.StaticUIntField(label=u'größe.尺寸.🦀'.encode('utf8'), value=1),
    latin1=fields.StaticUIntField(label=u'größe'.encode('latin1'), value=2),
    nothing_left=fields.StaticUIntField(label='\xff\xfe', value=3),
    pair=fields.StaticUIntField(label='\xed\xa0\xbd\xed\xb8\x80', value=4)))
case('models/labels_hostile', model(
    surrogate=fields.StaticUIntField(label='lone \xed\xb0\x80', value=1),
    control=fields.StaticUIntField(label='\x1b[31mred\n\xc2\x9b', value=2),
    bidi=fields.StaticUIntField(label=u'\u202egnorw'.encode('utf8'), value=3),
    value=fields.StaticTextField(value='\x1b[31mred\nlone \xed\xa0\x80')))
# To readers, a label without a character is the end.
case('models/label_empty', model(**dict((label, fields.ByteField()) for label in ('', 'a', 'b'))))
case('models/label_longer_than_a_page', model(
    **{'x' * 5000: fields.CounterField(), 'y': fields.ByteField()}))
case('models/label_longest', model(**{'x' * 65535: fields.CounterField()}))
# Its length is stored as 5.
case('models/label_too_long', model(**{'x' * 65541: fields.CounterField(), 'y': fields.ByteField()}))
case('models/300_fields', model(**dict(('field.%03d' % n, fields.CounterField()) for n in range(300))),
     lambda stats: [getattr(stats, 'field.%03d' % n).incr(n) for n in range(300)])


def filled(size):
    """A model whose fields end at byte `size` of the file"""
    # A byte of the version, and of each field 2 + 2 + 1 (type) + 1 (index) and the value.
    label = 'x' * (size - 1 - (6 + 16 + 1) - (6 + 1))
    return model(**{'c': fields.CounterField(), label: fields.ByteField()})


case('models/page_filled', filled(PAGE))
case('models/page_filled_but_a_byte', filled(PAGE - 1))
case('models/page_filled_but_two_bytes', filled(PAGE - 2))
case('models/page_filled_and_a_byte', filled(PAGE + 1))
case('models/two_pages_filled', filled(2 * PAGE))
