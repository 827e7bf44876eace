use super::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, parse_temporal};

#[test]
fn reads_and_writes_every_temporal() {
    for text in [
        "2026-01-31",
        "-2024-02-29",
        "999999999-12-31",
        "12:30:00",
        "23:59:59.5Z",
        "23:59:00+01:00",
        "12:00:00@Europe/Paris",
        "2012-12-25T11:00:00",
        "2012-12-25T11:00:00.123456789-05:30",
        "2016-08-01T12:00:00@Asia/Tokyo",
        "P1DT2H3M4.5S",
        "-PT2M30S",
        "PT0S",
        "P1Y2M",
        "-P5M",
        "P2Y",
        "PT1H",
    ] {
        assert_eq!(parse_temporal(text).unwrap().to_json(), format!("\"{text}\""));
    }
}

#[test]
fn refuses_what_does_not_exist() {
    for bad in [
        "2023-02-29",
        "2023-06-31",
        "2023-13-01",
        "23-01-01",
        "02023-01-01",
        "1000000000-01-01",
        "24:00:00",
        "12:60:00",
        "12:00",
        "12:00:00+19:00",
        "12:00:00.",
        "2023-06-31T10:00:00",
        "2023-06-30T10:00",
        "P",
        "PT",
        "P1YT1H",
        "P1M1Y",
        "PT1S1H",
        "P1W",
        "P-1D",
        "",
        "é",
        "-",
        "P99999999999999999999Y",
        "12:00:00@",
        "12:00:00@Mars/Base one",
    ] {
        assert!(parse_temporal(bad).is_none(), "{bad}");
    }
}

#[test]
fn knows_the_calendar() {
    let date = Date::parse("2020-09-30").unwrap();
    assert_eq!((date.weekday(), date.day_of_year(), date.week_of_year()), (3, 274, 40));
    assert_eq!(Date::parse("2021-01-03").unwrap().week_of_year(), 53);
    assert_eq!(Date::from_days(date.days()), Some(date));
    assert_eq!(date.plus_months(5).unwrap().to_string(), "2021-02-28");
    assert!(Date::parse("999999999-12-31").unwrap().plus_months(1).is_none());
}

#[test]
fn orders_times_by_the_moment() {
    let at = |text: &str| DateTime::parse(text).unwrap();
    assert!(at("2020-01-01T10:00:00Z").order(&at("2020-01-01T10:30:00+01:00")).unwrap().is_gt());
    assert_eq!(at("2020-01-01T10:00:00Z").order(&at("2020-01-01T10:00:00")), None);
    let time = |text: &str| Time::parse(text).unwrap();
    let now = crate::time::Timestamp::EPOCH;
    assert!(time("10:00:00Z").order(&time("11:00:00+01:00"), now).unwrap().is_eq());
}

#[cfg(feature = "zones")]
#[test]
fn named_zones_follow_their_clock_changes() {
    let at = |text: &str| DateTime::parse(text).unwrap().to_timestamp().unwrap().to_string();
    assert_eq!(at("2026-01-15T12:00:00@Europe/Paris"), "2026-01-15T11:00:00Z");
    assert_eq!(at("2026-07-15T12:00:00@Europe/Paris"), "2026-07-15T10:00:00Z");
    assert_eq!(at("2026-03-29T02:30:00@Europe/Paris"), "2026-03-29T01:30:00Z");
    assert_eq!(at("2026-10-25T02:30:00@Europe/Paris"), "2026-10-25T00:30:00Z");
}

#[test]
fn durations_have_bounds() {
    assert!(DaysTimeDuration::parse("P999999999999D").is_some());
    assert!(DaysTimeDuration::from_nanos(i128::MAX).is_none());
    assert!(YearsMonthsDuration::from_months(i64::MAX).is_none());
}
