use super::{ArithmeticError, Decimal, Rounding};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn text(result: Result<Decimal, ArithmeticError>) -> String {
    result.map_or_else(|error| error.to_string(), |number| number.to_string())
}

#[test]
fn keeps_the_digits_as_written() {
    for number in ["0", "-3", "12.50", "0.001", "9999999999999999999999999999999999", "1E+100"] {
        assert_eq!(decimal(number).to_string(), number);
    }
    assert_eq!(decimal(".5").to_string(), "0.5");
    assert_eq!(decimal("-1e-50").to_string(), "-1E-50");
    assert!("1.2.3".parse::<Decimal>().is_err() && "".parse::<Decimal>().is_err());
    assert!("1e9999999999".parse::<Decimal>().is_err());
    assert_eq!(decimal("1e-9999999999").to_string(), "0");
}

#[test]
fn rounds_to_34_digits_half_to_even() {
    assert_eq!(decimal("10000000000000000000000000000000005").to_string().len(), 35);
    assert_eq!(decimal("1.0000000000000000000000000000000005"), decimal("1"));
    assert_eq!(
        decimal("1.00000000000000000000000000000000150").to_string(),
        "1.000000000000000000000000000000002"
    );
    assert_eq!(
        decimal("1.00000000000000000000000000000000050000001").to_string(),
        "1.000000000000000000000000000000001"
    );
}

#[test]
fn adds_and_multiplies_exactly() {
    assert_eq!(text(decimal("0.1").plus(decimal("0.2"))), "0.3");
    assert_eq!(text(decimal("1.50").plus(decimal("1.500"))), "3.000");
    assert_eq!(text(decimal("12.5").times(decimal("-3"))), "-37.5");
    assert_eq!(
        text(decimal("9999999999999999999999999999999999").plus(decimal("0.5"))),
        "10000000000000000000000000000000000"
    );
    assert_eq!(text(decimal("1e33").minus(decimal("1e-30"))), "1000000000000000000000000000000000");
    assert_eq!(
        text(decimal("1234567890123456789.1").times(decimal("9876543210987654321.9"))),
        "12193263113702179524473403433322510000"
    );
}

#[test]
fn divides_to_34_digits() {
    assert_eq!(text(decimal("1").divided_by(decimal("3"))), "0.3333333333333333333333333333333333");
    assert_eq!(text(decimal("2").divided_by(decimal("3"))), "0.6666666666666666666666666666666667");
    assert_eq!(text(decimal("10").divided_by(decimal("2"))), "5");
    assert_eq!(text(decimal("1").divided_by(decimal("8"))), "0.125");
    assert_eq!(decimal("1").divided_by(Decimal::ZERO), Err(ArithmeticError::DivisionByZero));
}

#[test]
fn compares_the_number_and_not_its_digits() {
    assert_eq!(decimal("1.5"), decimal("1.500"));
    assert_eq!(decimal("0"), decimal("-0.00"));
    assert!(decimal("-2") < decimal("1e-6000"));
    assert!(decimal("1e100") > decimal("9999999999999999999999999999999999"));
    assert!(decimal("100") < decimal("100.0001"));
}

#[test]
fn modulo_has_the_sign_of_the_divisor() {
    assert_eq!(text(decimal("12").modulo(decimal("5"))), "2");
    assert_eq!(text(decimal("-12").modulo(decimal("5"))), "3");
    assert_eq!(text(decimal("12").modulo(decimal("-5"))), "-3");
    assert_eq!(text(decimal("10.1").modulo(decimal("-4.5"))), "-3.4");
}

#[test]
fn rounds_in_every_mode() {
    use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};
    let modes = [HalfEven, HalfUp, HalfDown, Up, Down, Floor, Ceiling];
    let rounded = |number: &str| modes.map(|mode| text(decimal(number).rescaled(1, mode)));
    assert_eq!(rounded("2.25"), ["2.2", "2.3", "2.2", "2.3", "2.2", "2.2", "2.3"]);
    assert_eq!(rounded("-2.25"), ["-2.2", "-2.3", "-2.2", "-2.3", "-2.2", "-2.3", "-2.2"]);
    assert_eq!(text(decimal("1234").rescaled(-2, HalfEven)), "1200");
}

#[test]
fn computes_roots_logarithms_and_powers() {
    assert_eq!(text(decimal("16").sqrt()), "4");
    assert_eq!(text(decimal("2").sqrt()), "1.414213562373095048801688724209698");
    assert_eq!(text(decimal("1").exp()), "2.718281828459045235360287471352662");
    assert_eq!(text(decimal("10").ln()), "2.302585092994045684017991454684364");
    assert_eq!(text(decimal("2").power(decimal("10"))), "1024");
    assert_eq!(text(decimal("2").power(decimal("-1"))), "0.5");
    assert_eq!(text(decimal("-2").power(decimal("3"))), "-8");
    assert_eq!(text(decimal("2").power(decimal("0.5"))), "1.414213562373095048801688724209698");
    assert_eq!(decimal("-2").power(decimal("0.5")), Err(ArithmeticError::Undefined));
    assert_eq!(decimal("10").power(decimal("6145")), Err(ArithmeticError::Overflow));
    assert_eq!(decimal("2").power(decimal("1e9")), Err(ArithmeticError::Overflow));
}

#[test]
fn overflow_is_an_error_and_underflow_is_zero() {
    let large = decimal("9e6144");
    assert_eq!(large.plus(large), Err(ArithmeticError::Overflow));
    assert_eq!(large.times(large), Err(ArithmeticError::Overflow));
    assert_eq!(text(decimal("1e-6176").times(decimal("0.1"))), "0");
}

#[test]
fn zero_changes_no_sum() {
    for number in ["1", "-7", "12.50", "0", "3e5", "1e-5"] {
        for zero in ["0", "0.00", "-0", "0e3"] {
            assert_eq!(decimal(zero).plus(decimal(number)), Ok(decimal(number)));
            assert_eq!(decimal(number).plus(decimal(zero)), Ok(decimal(number)));
            assert_eq!(decimal(number).minus(decimal(zero)), Ok(decimal(number)));
        }
    }
}
