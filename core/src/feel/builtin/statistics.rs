//! Figures of lists: smallest, sum, mean, deviation.

use super::{all_items, list};
use crate::feel::eval::{Machine, Outcome, compare, null};
use crate::value::{DaysTimeDuration, Decimal, Value, YearsMonthsDuration};

pub(super) fn min(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    best(machine, values, std::cmp::Ordering::is_lt)
}

pub(super) fn max(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    best(machine, values, std::cmp::Ordering::is_gt)
}

fn best(
    machine: &mut Machine<'_>,
    values: &[Value],
    better: fn(std::cmp::Ordering) -> bool,
) -> Outcome {
    let items = all_items(values);
    machine.work_on(items)?;
    let Some((first, rest)) = items.split_first() else {
        return null("an empty list has neither minimum nor maximum");
    };
    let mut best = first;
    for item in rest.iter().chain([first]) {
        machine.work_on_pair(item, best)?;
        match compare::order(item, best, machine.env.now) {
            Some(order) if better(order) => best = item,
            Some(_) => {}
            None => return null("the items have no order"),
        }
    }
    Ok(best.clone())
}

/// An item that is a number itself.
fn item(value: &Value) -> Outcome<Decimal> {
    match value {
        Value::Number(number) => Ok(*number),
        other => null(format!("a {} where a number is expected", other.type_name())),
    }
}

/// The numbers of a list that is not empty.
fn numbers(machine: &mut Machine<'_>, values: &[Value]) -> Outcome<Vec<Decimal>> {
    let items = all_items(values);
    machine.work_on(items)?;
    if items.is_empty() {
        return null("the list is empty");
    }
    items.iter().map(item).collect()
}

fn total(numbers: &[Decimal]) -> Outcome<Decimal> {
    let mut sum = Decimal::ZERO;
    for number in numbers {
        sum = sum.plus(*number)?;
    }
    Ok(sum)
}

pub(super) fn sum(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    match all_items(values).first() {
        Some(Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_)) => {
            sum_of_durations(all_items(values))
        }
        _ => Ok(Value::Number(total(&numbers(machine, values)?)?)),
    }
}

fn sum_of_durations(items: &[Value]) -> Outcome {
    let (mut nanos, mut months) = (Some(0_i128), Some(0_i64));
    for item in items {
        match item {
            Value::DaysTimeDuration(it) => {
                months = None;
                nanos = nanos.and_then(|sum| sum.checked_add(it.nanos()));
            }
            Value::YearsMonthsDuration(it) => {
                nanos = None;
                months = months.and_then(|sum| sum.checked_add(it.months()));
            }
            _ => return null("a sum of durations and other values"),
        }
    }
    let days = nanos.and_then(DaysTimeDuration::from_nanos).map(Value::DaysTimeDuration);
    let years = || months.and_then(YearsMonthsDuration::from_months);
    match days.or_else(|| years().map(Value::YearsMonthsDuration)) {
        Some(sum) => Ok(sum),
        None => null("the durations have no sum"),
    }
}

pub(super) fn product(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut product = Decimal::ONE;
    for number in numbers(machine, values)? {
        product = product.times(number)?;
    }
    Ok(Value::Number(product))
}

fn mean_of(numbers: &[Decimal]) -> Outcome<Decimal> {
    Ok(total(numbers)?.divided_by(Decimal::from(numbers.len()))?)
}

pub(super) fn mean(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Number(mean_of(&numbers(machine, values)?)?))
}

pub(super) fn median(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut numbers = numbers(machine, values)?;
    machine.work(numbers.len() as u64 * 4)?;
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return Ok(Value::Number(numbers[middle]));
    }
    Ok(Value::Number(mean_of(&numbers[middle - 1..=middle])?))
}

/// The standard deviation of a sample.
pub(super) fn stddev(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let numbers = numbers(machine, values)?;
    if numbers.len() < 2 {
        return null("a deviation needs two numbers");
    }
    let mean = mean_of(&numbers)?;
    let mut squares = Decimal::ZERO;
    for number in &numbers {
        let difference = number.minus(mean)?;
        squares = squares.plus(difference.times(difference)?)?;
    }
    Ok(Value::Number(squares.divided_by(Decimal::from(numbers.len() - 1))?.sqrt()?))
}

/// The most frequent numbers, in ascending order.
pub(super) fn mode(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if all_items(values).is_empty() {
        return Ok(super::empty_list());
    }
    let mut numbers = numbers(machine, values)?;
    machine.work(numbers.len() as u64 * 4)?;
    numbers.sort_unstable();
    let groups: Vec<&[Decimal]> = numbers.chunk_by(|a, b| a == b).collect();
    let longest = groups.iter().map(|group| group.len()).max().unwrap_or(0);
    let most = groups.iter().filter(|group| group.len() == longest);
    let modes = most.map(|group| Value::Number(group[0])).collect();
    list(machine, modes)
}
