//! `spartito feel`: evaluates an expression.

use std::process::ExitCode;

use clap::Args;
use spartito::runtime::{Clock, SystemClock};
use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, json};

use super::{context, read_input};

/// Flags of `spartito feel`.
#[derive(Debug, Args)]
pub struct FeelArgs {
    /// The expression, or - to read it from standard input
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// Variables: a JSON object, or a file that holds one
    #[arg(long, value_name = "JSON|FILE")]
    context: Option<String>,
    /// The present for now() and today(), such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "ISO")]
    now: Option<String>,
    /// Reads EXPR as unary tests of this value (JSON) and prints true or false
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    unary: Option<String>,
}

/// Prints the value as JSON; warnings go to standard error.
pub fn run(args: &FeelArgs) -> anyhow::Result<ExitCode> {
    let text = if args.expression == "-" {
        String::from_utf8(read_input("-")?)?
    } else {
        args.expression.clone()
    };
    let text = text.trim().strip_prefix('=').unwrap_or(text.trim());
    let mut variables = context(args.context.as_deref())?;
    let now = match &args.now {
        Some(now) => Timestamp::parse(now)?,
        None => SystemClock.now(),
    };
    let names = Names::of(&variables);
    let parsed = match &args.unary {
        None => Expression::parse(text, &names),
        Some(value) => {
            let tested = value_of(value)?;
            variables.insert("?", tested);
            Expression::parse_unary_tests(text, &names)
        }
    };
    let expression = parsed.map_err(|error| anyhow::anyhow!("{error}"))?;
    let environment = Environment { now, seed: 0 };
    let evaluation = expression
        .evaluate(&variables, &environment, &Budget::default())
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    for warning in &evaluation.warnings {
        eprintln!("warning: {warning}");
    }
    println!("{}", evaluation.value.to_json());
    Ok(ExitCode::SUCCESS)
}

/// A value as JSON; what is no JSON is a text.
fn value_of(given: &str) -> anyhow::Result<Value> {
    Ok(json::parse(given, json::Limits::default()).unwrap_or_else(|_| Value::from(given)))
}
