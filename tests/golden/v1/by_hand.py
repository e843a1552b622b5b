"""Files that the original's writer does not make: (name, function that writes to a path)"""
import struct

CASES = []
PAGE = 4096
UNBUFFERED = 255


def field(label, type_, values, index=UNBUFFERED):
    return ''.join((
        struct.pack('<H', len(label)), label, struct.pack('<H', len(type_)), type_, chr(index), values))


def case(name, data):
    """Adds a file of these bytes"""
    def write(path):
        with open(path, 'wb') as f:
            f.write(data)
    CASES.append((name, write))


def page(name, *parts):
    """Adds a file of fields in a whole page"""
    case(name, ('\x01' + ''.join(parts)).ljust(PAGE, '\0'))


def buffered(type_, *pairs):
    """A field of two values, with the first to be read, and one with the second"""
    one, other = [struct.pack(type_, *values) for values in pairs]
    return (field(type_ + ' first', type_, one + other, index=1) +
            field(type_ + ' second', type_, one + other, index=0))


def number(type_, *values):
    return field(type_, type_, struct.pack(type_, *values))


COUNT = 0x0102030405060708

page('structs/orders', *[number(order + 'Q', COUNT) for order in '@=<>!'])
page('structs/aligned', number('3xQ', COUNT), number('=3xQ', COUNT), number('b3xi', 1, 2), number('0ib', 7),
     number('b0i', 7), number('xP', 1 << 63), number('=3xl', -5), number('3xl', -5))
page('structs/buffered', buffered('<Q', [1], [2]), buffered('=3xQ', [3], [4]), buffered('>h', [-1], [-2]),
     buffered('5p', ['abc'], ['defgh']), buffered('2I', [5, 6], [7, 8]), buffered('?', [True], [False]))
page('structs/first_of_several', number('2I', 5, 6), number('<Qd', 7, 0.5), number('dQ', 0.5, 7),
     number('0s4s', '', 'text'), number('0Q2c', 'a', 'b'), number(' Q\t Q\n', 1, 2))
page('structs/texts', number('5p', 'abc'), number('5p', 'abcdefg'), number('p', 'a'), number('1p', 'a'),
     number('c', 'z'), number('c', '\0'), number('c', '\xff'), number('s', 's'),
     number('0s', ''), field('p of 255', '5p', '\xffabcd'), number('8s', 'ab\0cd'), number('8p', 'ab\0cd'), field('x0s', 'x0s', 'z'))
page('structs/truth', *[
    field('%s of %d' % (type_, n), type_, chr(n)) for type_ in ('?', '<?') for n in (0, 1, 2, 255)])
page('structs/floats', number('>d', -1e308), number('>f', 0.1), number('<f', float('inf')), number('d', -0.0),
     field('signalling', 'f', '\x01\x00\x80\x7f'), field('subnormal', 'd', '\x01' + 7 * '\0'))
page('structs/ends_of_types', field('ends at a NUL', 'Q\0no', struct.pack('Q', COUNT)),
     field('ends in a count', 'Q3', struct.pack('Q', COUNT)))
page('structs/no_label_ends', number('b', 1), field('', 'b', '\x02'), number('b', 3))
page('structs/nul_in_a_label', field('a\0b', 'b', '\x01'))
page('structs/any_index_of_nothing', field('7', '0s', '', index=7), field('0', '0s', '', index=0))

BEFORE = field('before', 'b', '\x2a')
for name, type_ in (
        ('empty', ''), ('pad_only', '3x'), ('none', '0Q'), ('unknown', 'z'), ('native_only', '=P'),
        ('order_behind_a_blank', ' <Q'), ('order_twice', '<<Q'), ('blank_behind_a_count', '3 Q'),
        ('no_break_space', 'b\xa0'), ('p_of_nothing', '0p'), ('p_of_nothing_behind', 'Q0p'), ('nul', '\0Q'), ('count_only', '3'),
        ('larger_than_the_file', '4100s'), ('count_too_large', '9223372036854775808s'),
        ('size_too_large', '9223372036854775807xQ'), ('sum_too_large', '9223372036854775807s0Q')):
    page('damage/type_' + name, BEFORE, field('wrong', type_, 16 * '\1'), BEFORE)
page('damage/index_of_2', BEFORE, field('wrong', 'H', 12 * '\1', index=2), BEFORE)
page('damage/index_of_254', BEFORE, field('wrong', 'H', 12 * '\1', index=254), BEFORE)

WHOLE = field('label', '=QH', 10 * '\2')
for name, length in (('label_length', 1), ('label', 6), ('type_length', 8), ('type_length_gone', 7),
                     ('type', 11), ('type_gone', 9), ('index', 12), ('value', 22), ('value_gone', 13)):
    case('damage/cut_in_' + name, '\x01' + BEFORE + WHOLE[:length])
case('damage/cut_nowhere', '\x01' + BEFORE + WHOLE)
TWO = field('two', 'H', '\x01\x00\x02\x00', index=1)
case('damage/cut_in_the_value_to_write', '\x01' + BEFORE + TWO[:-1])
case('damage/cut_before_the_value_to_write', '\x01' + BEFORE + TWO[:-2])
case('damage/cut_in_the_value_to_read', '\x01' + BEFORE + field('two', 'H', '\x01\x00\x02', index=0))
case('damage/cut_behind_a_zero', '\x01' + BEFORE + '\0')
case('damage/cut_behind_the_version', '\x01')
case('damage/nothing', '')
case('damage/zeros', PAGE * '\0')
case('damage/format_2', '\x02mmstats'.ljust(PAGE, '\0'))
case('damage/another_file', '\x7fELF\x02\x01\x01'.ljust(100, '\0'))
# As a reader meets it that looks while the file is made.
page('damage/label_not_yet_written', BEFORE, '\x05\x00' + 5 * '\0')
page('damage/type_not_yet_written', BEFORE, '\x05\x00label')
