//! What the bureau and the payment system answer. Follows from the seed and what was sent.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A simulated outside system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Service {
    /// The credit bureau.
    Bureau,
    /// The payment system.
    Payments,
}

/// An answer, to be given again for the same key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        (status, Json(self.body)).into_response()
    }
}

#[derive(Debug, Deserialize)]
struct Application {
    applicant: String,
    amount: f64,
    #[serde(default)]
    income: Option<f64>,
    #[serde(default)]
    term: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Payment {
    reference: String,
    amount: f64,
}

/// Does the work of a call.
pub(super) fn make(service: Service, seed: u64, body: &[u8]) -> Answer {
    let made = match service {
        Service::Bureau => score(seed, body),
        Service::Payments => payment(seed, body),
    };
    made.unwrap_or_else(|reason| Answer { status: 422, body: json!({ "error": reason }) })
}

/// The part of the income that the installments take decides, and luck a little.
fn score(seed: u64, body: &[u8]) -> Result<Answer, String> {
    let application: Application = read(body)?;
    if application.amount <= 0.0 {
        return Err("amount must be above 0".to_owned());
    }
    let income = application.income.filter(|income| *income > 0.0).unwrap_or(1_500.0);
    let months = application.term.filter(|months| *months >= 1.0).unwrap_or(36.0);
    let burden = application.amount / months / income;
    let who = hash(application.applicant.trim().to_lowercase().as_bytes());
    #[expect(clippy::cast_precision_loss, reason = "a number below 81")]
    let luck = (mix(seed ^ who) % 81) as f64 - 40.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 300 to 850"
    )]
    let score = (850.0 - 1_000.0 * burden + luck).clamp(300.0, 850.0).round() as u32;
    let band = match score {
        750.. => "excellent",
        650..750 => "good",
        550..650 => "fair",
        _ => "poor",
    };
    Ok(Answer { status: 200, body: json!({ "score": score, "band": band }) })
}

fn payment(seed: u64, body: &[u8]) -> Result<Answer, String> {
    let payment: Payment = read(body)?;
    if payment.amount <= 0.0 {
        return Err("amount must be above 0".to_owned());
    }
    let number = mix(seed ^ hash(payment.reference.as_bytes()) ^ payment.amount.to_bits());
    let id = format!("PAY-{:08}", number % 100_000_000);
    Ok(Answer { status: 200, body: json!({ "paymentId": id, "status": "accepted" }) })
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// FNV-1a: stable over versions of everything.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads a number over all bits (the finalizer of `SplitMix64`).
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score_of(seed: u64, application: &Value) -> u64 {
        let answer = make(Service::Bureau, seed, application.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["score"].as_u64().unwrap()
    }

    #[test]
    fn scores_follow_from_seed_and_application() {
        let marta = json!({ "applicant": "Marta", "amount": 24_000, "term": 48, "income": 3_900 });
        let pavel = json!({ "applicant": "Pavel", "amount": 62_000, "term": 96, "income": 2_200 });
        assert_eq!(score_of(1, &marta), score_of(1, &marta));
        assert_ne!(score_of(1, &marta), score_of(2, &marta));
        assert!(score_of(1, &marta) >= 600);
        assert!(score_of(1, &pavel) < 600);
    }

    #[test]
    fn what_is_not_an_application_is_refused() {
        for body in ["", "{}", "[]", r#"{"applicant": "x", "amount": -1}"#] {
            assert_eq!(make(Service::Bureau, 1, body.as_bytes()).status, 422, "{body}");
        }
    }
}
