//! All built-in functions by name.

use super::{
    Builtin, Run, contexts, convert, external, lists, logic, moments, numbers, ranges, regular,
    statistics, texts,
};
use crate::value::Value;

/// The most words of a built-in function's name.
pub(in crate::feel) const NAME_WORDS_MAX: usize = 4;

const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    forms: &'static [&'static [&'static str]],
    (count_min, count_max): (usize, usize),
    run: Run,
) -> Builtin {
    Builtin { name, forms, count_min, count_max, run }
}

/// `@"…"`.
pub(in crate::feel) static TEMPORAL_LITERAL: Builtin =
    function("@", &[], (1, 1), convert::temporal_literal);

/// The body of an external function: its mapping and its parameters.
pub(in crate::feel) static EXTERNAL: Builtin =
    function("external", &[], (1, ANY), external::external);

/// The built-in function of that name.
pub(in crate::feel) fn find(name: &str) -> Option<&'static Builtin> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

const LIST: &[&[&str]] = &[&["list"]];
const RANGES: &[&[&str]] =
    &[&["range1", "range2"], &["range", "point"], &["point", "range"], &["point1", "point2"]];
const POINT_FIRST: &[&[&str]] = &[&["range1", "range2"], &["point", "range"]];
const RANGE_FIRST: &[&[&str]] = &[&["range1", "range2"], &["range", "point"]];
const PERIODS: &[&[&str]] = &[&["from", "to"]];
const ROUNDED: &[&[&str]] = &[&["n", "scale"]];
const MOMENT: &[&[&str]] = &[&["date"]];

#[rustfmt::skip]
static FUNCTIONS: &[Builtin] = &[
    // Conversion
    function("date", &[&["from"], &["year", "month", "day"]], (1, 3), convert::date),
    function("time", &[&["from"], &["hour", "minute", "second", "offset"]], (1, 4), convert::time),
    function("date and time", &[&["from"], &["date", "time"], &["date", "timezone"], &["year", "month", "day", "hour", "minute", "second", "offset"]], (1, 7), convert::date_and_time),
    function("duration", &[&["from"]], (1, 1), convert::duration),
    function("years and months duration", PERIODS, (2, 2), convert::years_and_months_duration),
    function("number", &[&["from", "grouping separator", "decimal separator"]], (1, 3), convert::number_from),
    function("string", &[&["from"]], (1, 1), convert::string_from),
    function("to json", &[&["value"]], (1, 1), convert::to_json),
    function("from json", &[&["value"]], (1, 1), convert::from_json),
    function("range", &[&["from"]], (1, 1), convert::range_from),
    // Logic
    function("not", &[&["negand"]], (1, 1), logic::not),
    function("all", LIST, (1, ANY), logic::all),
    function("and", LIST, (1, ANY), logic::all),
    function("any", LIST, (1, ANY), logic::any),
    function("or", LIST, (1, ANY), logic::any),
    function("is", &[&["value1", "value2"]], (1, 2), logic::is),
    function("is defined", &[&["value"]], (1, 1), |_, values| Ok(Value::Boolean(!values[0].is_null()))),
    function("get or else", &[&["value", "default"]], (2, 2), logic::get_or_else),
    function("assert", &[&["value", "condition", "cause"]], (2, 3), logic::assert),
    // Texts
    function("substring", &[&["string", "start position", "length"]], (2, 3), texts::substring),
    function("string length", &[&["string"]], (1, 1), texts::string_length),
    function("upper case", &[&["string"]], (1, 1), texts::upper_case),
    function("lower case", &[&["string"]], (1, 1), texts::lower_case),
    function("substring before", &[&["string", "match"]], (2, 2), texts::substring_before),
    function("substring after", &[&["string", "match"]], (2, 2), texts::substring_after),
    function("contains", &[&["string", "match"]], (2, 2), texts::contains),
    function("starts with", &[&["string", "match"]], (2, 2), texts::starts_with),
    function("ends with", &[&["string", "match"]], (2, 2), texts::ends_with),
    function("string join", &[&["list", "delimiter", "prefix", "suffix"]], (1, 4), texts::string_join),
    function("trim", &[&["string"]], (1, 1), texts::trim),
    function("is blank", &[&["string"]], (1, 1), texts::is_blank),
    function("to base64", &[&["value"]], (1, 1), texts::to_base64),
    function("from base64", &[&["value"]], (1, 1), texts::from_base64),
    function("uuid", &[], (0, 0), texts::uuid),
    function("matches", &[&["input", "pattern", "flags"]], (2, 3), regular::matches),
    function("replace", &[&["input", "pattern", "replacement", "flags"]], (3, 4), regular::replace),
    function("split", &[&["string", "delimiter"]], (2, 2), regular::split),
    function("extract", &[&["input", "pattern", "flags"]], (2, 3), regular::extract),
    // Lists
    function("list contains", &[&["list", "element"], &["list", "match"]], (2, 2), lists::list_contains),
    function("count", LIST, (1, 1), lists::count),
    function("sublist", &[&["list", "start position", "length"]], (2, 3), lists::sublist),
    function("append", &[&["list", "items"], &["list", "item"]], (2, ANY), lists::append),
    function("concatenate", LIST, (1, ANY), lists::concatenate),
    function("insert before", &[&["list", "position", "newItem"]], (3, 3), lists::insert_before),
    function("list replace", &[&["list", "position", "newItem"], &["list", "match", "newItem"]], (3, 3), lists::list_replace),
    function("remove", &[&["list", "position"]], (2, 2), lists::remove),
    function("reverse", LIST, (1, 1), lists::reverse),
    function("index of", &[&["list", "match"]], (2, 2), lists::index_of),
    function("union", LIST, (1, ANY), lists::union),
    function("distinct values", LIST, (1, 1), lists::distinct_values),
    function("duplicate values", LIST, (1, 1), lists::duplicate_values),
    function("flatten", LIST, (1, 1), lists::flatten),
    function("partition", &[&["list", "size"]], (2, 2), lists::partition),
    function("is empty", LIST, (1, 1), lists::is_empty),
    function("sort", &[&["list", "precedes"]], (2, 2), lists::sort),
    function("min", LIST, (1, ANY), statistics::min),
    function("max", LIST, (1, ANY), statistics::max),
    function("sum", LIST, (1, ANY), statistics::sum),
    function("product", LIST, (1, ANY), statistics::product),
    function("mean", LIST, (1, ANY), statistics::mean),
    function("median", LIST, (1, ANY), statistics::median),
    function("stddev", LIST, (1, ANY), statistics::stddev),
    function("mode", LIST, (1, ANY), statistics::mode),
    // Numbers
    function("decimal", ROUNDED, (2, 2), numbers::decimal),
    function("floor", ROUNDED, (1, 2), numbers::floor),
    function("ceiling", ROUNDED, (1, 2), numbers::ceiling),
    function("trunc", ROUNDED, (1, 2), numbers::round_down),
    function("round up", ROUNDED, (2, 2), numbers::round_up),
    function("round down", ROUNDED, (2, 2), numbers::round_down),
    function("round half up", ROUNDED, (2, 2), numbers::round_half_up),
    function("round half down", ROUNDED, (2, 2), numbers::round_half_down),
    function("abs", &[&["n"]], (1, 1), numbers::abs),
    function("modulo", &[&["dividend", "divisor"]], (2, 2), numbers::modulo),
    function("sqrt", &[&["number"]], (1, 1), numbers::sqrt),
    function("log", &[&["number"]], (1, 1), numbers::log),
    function("exp", &[&["number"]], (1, 1), numbers::exp),
    function("odd", &[&["number"]], (1, 1), numbers::odd),
    function("even", &[&["number"]], (1, 1), numbers::even),
    function("random number", &[], (0, 0), numbers::random_number),
    // Dates and times
    function("now", &[], (0, 0), moments::now),
    function("today", &[], (0, 0), moments::today),
    function("day of year", MOMENT, (1, 1), moments::day_of_year),
    function("day of week", MOMENT, (1, 1), moments::day_of_week),
    function("month of year", MOMENT, (1, 1), moments::month_of_year),
    function("week of year", MOMENT, (1, 1), moments::week_of_year),
    function("last day of month", MOMENT, (1, 1), moments::last_day_of_month),
    // Ranges
    function("before", RANGES, (2, 2), ranges::before),
    function("after", RANGES, (2, 2), ranges::after),
    function("meets", RANGES, (2, 2), ranges::meets),
    function("met by", RANGES, (2, 2), ranges::met_by),
    function("overlaps", RANGES, (2, 2), ranges::overlaps),
    function("overlaps before", RANGES, (2, 2), ranges::overlaps_before),
    function("overlaps after", RANGES, (2, 2), ranges::overlaps_after),
    function("finishes", POINT_FIRST, (2, 2), ranges::finishes),
    function("finished by", RANGE_FIRST, (2, 2), ranges::finished_by),
    function("includes", RANGE_FIRST, (2, 2), ranges::includes),
    function("during", POINT_FIRST, (2, 2), ranges::during),
    function("starts", POINT_FIRST, (2, 2), ranges::starts),
    function("started by", RANGE_FIRST, (2, 2), ranges::started_by),
    function("coincides", RANGES, (2, 2), ranges::coincides),
    // Contexts
    function("get value", &[&["m", "key"], &["context", "key"], &["context", "keys"]], (2, 2), contexts::get_value),
    function("get entries", &[&["m"], &["context"]], (1, 1), contexts::get_entries),
    function("context", &[&["entries"]], (1, 1), contexts::context_from),
    function("context put", &[&["context", "key", "value"], &["context", "keys", "value"]], (3, 3), contexts::context_put),
    function("put", &[&["context", "key", "value"]], (3, 3), contexts::context_put),
    function("context merge", &[&["contexts"]], (1, ANY), contexts::context_merge),
    function("put all", &[&["contexts"]], (1, ANY), contexts::context_merge),
];

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, NAME_WORDS_MAX};

    #[test]
    fn every_name_is_unique_and_can_be_read() {
        for (at, function) in FUNCTIONS.iter().enumerate() {
            assert!(function.name.split(' ').count() <= NAME_WORDS_MAX, "{}", function.name);
            assert!(FUNCTIONS[at + 1..].iter().all(|other| other.name != function.name));
            assert!(function.forms.iter().all(|form| form.len() <= function.count_max));
        }
    }
}
