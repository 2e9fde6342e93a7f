//! Values at and beyond the edges of a field's rules.

use wechatpay_codegen::model::{Span, Type};

use super::{
    oracle::Demand,
    tree::{Items, Tree},
};

/// Three bytes in UTF-8, which the platform takes.
const HAN: char = '票';
/// Four bytes, which it refuses.
const EMOJI: char = '🚕';
/// Of these, every pattern and format refuses one.
const ODD: [char; 4] = [' ', '{', HAN, 'a'];
/// Characters and items of a value that has no limit: a limit that was made up is likely to be less.
const MANY: (i64, i64) = (3_000, 300);

/// Values to put in place of `valid`, with which the field breaks no rule.
pub(super) fn of(demand: &Demand<'_>, valid: &Tree) -> Vec<Tree> {
    let mut probes = vec![Tree::Absent];
    let mut ty = &demand.field.ty;
    if let Type::Json { value, length } = ty {
        // No JSON is shorter than a digit.
        let json = |chars: usize| match chars {
            0 | 1 => "7".to_owned(),
            chars => format!("\"{}\"", "A".repeat(chars - 2)),
        };
        let lengths = edges(*length, 2..=MANY.0);
        probes.extend(lengths.into_iter().map(|chars| Tree::Json(json(chars))));
        ty = value;
    }
    match (ty, valid) {
        (Type::List { item, count }, Tree::List(Items(items))) => {
            let Some(first) = items.first() else { return probes };
            for items in edges(*count, 0..=MANY.1) {
                probes.push(Tree::List(Items(vec![first.clone(); items])));
            }
            let with_first = |probe| {
                let mut items = items.clone();
                items[0] = probe;
                Tree::List(Items(items))
            };
            probes.extend(scalars(demand, item, first).into_iter().map(with_first));
        }
        _ => probes.extend(scalars(demand, ty, valid)),
    }
    probes
}

/// A text that breaks no rule of the field, or of its items; `None` if none was found.
pub(super) fn plain_text(demand: &Demand<'_>) -> Option<Tree> {
    let Type::Text { length, format, encrypted, .. } = demand.field.ty.leaf() else { return None };
    let sample = format.map_or("A", |format| format.sample());
    let least = usize::try_from(length.min.unwrap_or(1)).ok()?;
    let samples = [sample.to_owned(), stretched("A", least), stretched("0", least)];
    // The digests that patterns ask for most.
    let digests = [32, 40, 64].map(|digits| stretched("0", digits));
    let make = |text| if *encrypted { Tree::Sensitive(text) } else { Tree::Text(text) };
    let fits = |text: &Tree| demand.text_is_fine(text);
    samples.into_iter().chain(digests).map(make).find(fits)
}

fn scalars(demand: &Demand<'_>, ty: &Type, valid: &Tree) -> Vec<Tree> {
    match (ty, valid) {
        (Type::Text { .. }, Tree::Text(valid)) => {
            texts(demand, ty, valid).into_iter().map(Tree::Text).collect()
        }
        (Type::Text { .. }, Tree::Sensitive(valid)) => {
            texts(demand, ty, valid).into_iter().map(Tree::Sensitive).collect()
        }
        (Type::Enum(_), Tree::Text(_)) => {
            ["".to_owned(), EMOJI.to_string(), "NEW_VALUE".to_owned()].map(Tree::Text).into()
        }
        (Type::Integer(range), _) => {
            let ends = [range.min, range.max].into_iter().flatten();
            let near = ends.flat_map(|end| [end.saturating_sub(1), end, end.saturating_add(1)]);
            near.chain([i64::MIN, 0, i64::MAX]).map(Tree::Integer).collect()
        }
        (Type::Decimal | Type::Enum(_), _) => {
            ["ten", "7"].map(|digits| Tree::Number(digits.to_owned())).into()
        }
        (Type::Any, _) => ["[]".to_owned(), format!("\"{EMOJI}\"")].map(Tree::Json).into(),
        _ => Vec::new(),
    }
}

/// Texts around each edge of the rules: of every length that matters, in narrow and in wide characters, and with an odd
/// character at either end.
fn texts(demand: &Demand<'_>, ty: &Type, valid: &str) -> Vec<String> {
    let Type::Text { length, format, pattern, encrypted, .. } = ty else { return Vec::new() };
    let sized = edges(*length, 0..=MANY.0).into_iter();
    let mut texts: Vec<_> =
        sized.flat_map(|chars| [stretched(valid, chars), stretched("票", chars)]).collect();
    texts.extend([format!("{valid}{EMOJI}"), with_first(valid, EMOJI)]);
    if format.is_some() || pattern.is_some() {
        texts.extend(
            ODD.into_iter().flat_map(|odd| [with_first(valid, odd), with_last(valid, odd)]),
        );
        texts.extend(edges(*length, 0..=MANY.0).into_iter().map(|chars| stretched("0", chars)));
    }
    if *encrypted {
        let limit = demand.max_encrypted;
        texts.extend([limit, limit + 1].map(|bytes| stretched("a", bytes)));
        // Few characters of many bytes.
        texts.extend([limit / 3, limit / 3 + 1].map(|chars| stretched("票", chars)));
    }
    texts
}

fn with_first(text: &str, odd: char) -> String {
    let mut chars = text.chars();
    chars.next();
    std::iter::once(odd).chain(chars).collect()
}

fn with_last(text: &str, odd: char) -> String {
    let kept = text.chars().count().saturating_sub(1);
    text.chars().take(kept).chain([odd]).collect()
}

/// A text of so many characters that begins like `text` and goes on with it.
fn stretched(text: &str, chars: usize) -> String {
    let text = if text.is_empty() { "A" } else { text };
    text.chars().cycle().take(chars).collect()
}

/// Each end and its neighbour beyond; the ends of `all` where there are none.
fn edges(span: Span, all: std::ops::RangeInclusive<i64>) -> Vec<usize> {
    let (start, end) = all.into_inner();
    let (least, most) = (span.min.unwrap_or(start), span.max.unwrap_or(end));
    let beyond = [
        Some(0),
        span.min.map(|min| min - 1),
        Some(least),
        Some(most),
        span.max.map(|max| max + 1),
    ];
    let mut edges: Vec<_> =
        beyond.into_iter().flatten().filter_map(|edge| usize::try_from(edge).ok()).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}
