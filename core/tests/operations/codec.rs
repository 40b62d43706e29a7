//! One machine over the table of layouts that draws, writes and reads operations.
//!
//! It reads in another way than the walker: into a tree of values, from which the same bytes can be
//! written again.

use crate::layouts::{Field, LAYOUTS, Layout, Named};
use crate::prng::Prng;

/// What a field says beyond what its layout does.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Bytes(Vec<u8>),
    /// Seven bits each, the lowest first.
    Digits(Vec<u8>),
    Case(u8, Vec<Self>),
    Repeat(Vec<Vec<Self>>),
}

/// One content: the values of all its fields.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) layout: &'static Layout,
    pub(crate) values: Vec<Value>,
}

/// A content of this layout.
pub(crate) fn draw(layout: &'static Layout, prng: &mut Prng) -> Content {
    let values = draw_all(layout.fields(), prng);
    Content { layout, values }
}

/// The layout of this name.
pub(crate) fn layout(name: &str) -> &'static Layout {
    LAYOUTS.iter().find(|one| one.name == name).unwrap()
}

/// Any bytes, of this number.
pub(crate) fn bytes(number: u32, prng: &mut Prng) -> Vec<u8> {
    (0..number).map(|_| byte(prng, 0, 255)).collect()
}

fn byte(prng: &mut Prng, from: u8, to: u8) -> u8 {
    from + u8::try_from(prng.below(u32::from(to - from) + 1)).unwrap()
}

fn draw_all(fields: impl Iterator<Item = &'static Named>, prng: &mut Prng) -> Vec<Value> {
    fields.map(|(_, field)| draw_one(field, prng)).collect()
}

fn draw_one(field: &'static Field, prng: &mut Prng) -> Value {
    match *field {
        Field::Fixed(size) | Field::Exactly(size) => {
            Value::Bytes(bytes(u32::try_from(size).unwrap(), prng))
        }
        Field::Number => Value::Digits(digits(u128::from(prng.next() >> prng.below(64)))),
        Field::Big => {
            let wide = u128::from(prng.next()) << 64 | u128::from(prng.next());
            Value::Digits(digits(wide >> prng.below(128)))
        }
        Field::Blob(_) => {
            let size = *prng.pick(&[0, 1, 2, 7, 200, 300]);
            Value::Bytes(bytes(size, prng))
        }
        Field::Arrays(size, _) => {
            let size = u32::try_from(size).unwrap() * prng.below(6);
            Value::Bytes(bytes(size, prng))
        }
        Field::Name(_) => Value::Bytes(draw_name(prng)),
        Field::Case(cases) => {
            let &(tag, fields) = prng.pick(cases);
            Value::Case(tag, draw_all(fields.iter(), prng))
        }
        Field::Repeat(fields) => {
            let times = 0..prng.below(4);
            Value::Repeat(times.map(|_| draw_all(fields.iter(), prng)).collect())
        }
    }
}

fn draw_name(prng: &mut Prng) -> Vec<u8> {
    let known = ["", "default", "do", "stake", "unstake", "transfer"];
    match prng.below(2) {
        0 => prng.pick(&known).as_bytes().to_vec(),
        _ => (0..prng.below(32))
            .map(|_| byte(prng, b'!', b'~'))
            .collect(),
    }
}

/// The digits of a number.
pub(crate) fn digits(mut number: u128) -> Vec<u8> {
    let mut digits = Vec::new();
    loop {
        digits.push(u8::try_from(number % 128).unwrap());
        number /= 128;
        if number == 0 {
            return digits;
        }
    }
}

/// An operation of these contents.
pub(crate) fn write(branch: &[u8], contents: &[Content]) -> Vec<u8> {
    let mut message = [&[0x03], branch].concat();
    for content in contents {
        message.push(content.layout.tag);
        message.extend(write_all(content.layout.fields(), &content.values));
    }
    message
}

fn write_all(fields: impl Iterator<Item = &'static Named>, values: &[Value]) -> Vec<u8> {
    let written = fields
        .zip(values)
        .map(|((_, field), value)| write_one(field, value));
    written.flatten().collect()
}

fn write_one(field: &'static Field, value: &Value) -> Vec<u8> {
    match (field, value) {
        (Field::Fixed(_), Value::Bytes(bytes)) => bytes.clone(),
        (Field::Blob(width) | Field::Name(width), Value::Bytes(bytes)) => blob(*width, bytes),
        (Field::Exactly(_) | Field::Arrays(..), Value::Bytes(bytes)) => blob(4, bytes),
        (Field::Number | Field::Big, Value::Digits(digits)) => {
            let (last, more) = digits.split_last().unwrap();
            more.iter()
                .map(|digit| digit | 0x80)
                .chain([*last])
                .collect()
        }
        (Field::Case(cases), Value::Case(tag, values)) => {
            let (_, fields) = cases.iter().find(|(one, _)| one == tag).unwrap();
            let mut written = vec![*tag];
            written.extend(write_all(fields.iter(), values));
            written
        }
        (Field::Repeat(fields), Value::Repeat(elements)) => {
            let written = elements
                .iter()
                .map(|values| write_all(fields.iter(), values));
            blob(4, &written.collect::<Vec<_>>().concat())
        }
        (field, value) => panic!("{value:?} is no {field:?}"),
    }
}

fn blob(width: usize, bytes: &[u8]) -> Vec<u8> {
    let length = u64::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[8 - width..], bytes].concat()
}

/// The contents of an operation, if it is one.
pub(crate) fn read(message: &[u8]) -> Option<Vec<Content>> {
    let mut rest = message.strip_prefix(&[0x03])?.get(32..)?;
    let mut contents = Vec::new();
    while !rest.is_empty() {
        let [tag] = *take(&mut rest, 1)? else {
            return None;
        };
        let layout = LAYOUTS.iter().find(|layout| layout.tag == tag)?;
        let values = read_all(layout.fields(), &mut rest)?;
        contents.push(Content { layout, values });
    }
    let manager = contents.iter().all(|content| content.layout.manager);
    (contents.len() == 1 || (contents.len() > 1 && manager)).then_some(contents)
}

fn read_all(fields: impl Iterator<Item = &'static Named>, rest: &mut &[u8]) -> Option<Vec<Value>> {
    fields.map(|(_, field)| read_one(field, rest)).collect()
}

fn read_one(field: &'static Field, rest: &mut &[u8]) -> Option<Value> {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    match *field {
        Field::Fixed(size) => take(rest, size).map(bytes),
        Field::Blob(width) => take_blob(rest, width).map(bytes),
        Field::Exactly(size) => {
            let blob = take_blob(rest, 4)?;
            (blob.len() == size).then(|| bytes(blob))
        }
        Field::Arrays(size, most) => {
            let blob = take_blob(rest, 4)?;
            (blob.len() % size == 0 && blob.len() / size <= most).then(|| bytes(blob))
        }
        Field::Name(width) => {
            let name = take_blob(rest, width)?;
            let sound = name.len() <= 31 && name.iter().all(|one| (b'!'..=b'~').contains(one));
            sound.then(|| bytes(name))
        }
        Field::Number => take_digits(rest)
            .filter(|one| number(one).is_some())
            .map(Value::Digits),
        Field::Big => take_digits(rest).map(Value::Digits),
        Field::Case(cases) => {
            let tag = take(rest, 1)?[0];
            let (_, fields) = cases.iter().find(|(one, _)| *one == tag)?;
            Some(Value::Case(tag, read_all(fields.iter(), rest)?))
        }
        Field::Repeat(fields) => {
            let mut inside = take_blob(rest, 4)?;
            let mut elements = Vec::new();
            while !inside.is_empty() {
                elements.push(read_all(fields.iter(), &mut inside)?);
            }
            Some(Value::Repeat(elements))
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let taken = rest.get(..size)?;
    *rest = &rest[size..];
    Some(taken)
}

fn take_blob<'a>(rest: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let length = take(rest, width)?;
    let length = length
        .iter()
        .fold(0, |sum, byte| sum * 256 + usize::from(*byte));
    take(rest, length)
}

/// Digits without a zero as the highest of several.
fn take_digits(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::new();
    loop {
        let byte = take(rest, 1)?[0];
        digits.push(byte % 128);
        if byte < 128 {
            return (digits.len() == 1 || byte != 0).then_some(digits);
        }
    }
}

/// The number of these digits, if it has 64 bits.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    let shifted = digits.iter().enumerate().map(|(place, digit)| match place {
        0..=17 => Some(u128::from(*digit) << (7 * place)),
        _ => None,
    });
    let number: Option<u128> = shifted.sum();
    u64::try_from(number?).ok()
}
