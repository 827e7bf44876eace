//! Timers: when they fire, how often, and what they interrupt.

use crate::harness::check_content;

#[test]
fn an_intermediate_timer_waits_its_time() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-t" sourceRef="s" targetRef="t"/>
        <sequenceFlow id="t-e" sourceRef="t" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-t
        enter t
        t waits for timer 2026-01-01T01:00:00Z
        > trigger t
        refused: the timer is not due yet
        > advance PT59M
        > advance PT1M
        event 1 occurs
        leave t by t-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_interrupting_timer_ends_its_activity() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="late"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-late" sourceRef="t" targetRef="late"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T01:00:00Z
        task a
        > advance PT1H
        event 1 occurs
        terminated a
        enter t
        leave t by t-late
        pass late
        completed
    "##,
    );
}

#[test]
fn a_cycle_fires_as_often_as_it_says_and_ends_with_its_activity() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R3/PT10M</timeCycle></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="told"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-told" sourceRef="t" targetRef="told"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > advance PT20M
        event 1 occurs, and again at 2026-01-01T00:20:00Z
        enter t
        leave t by t-told
        pass told
        event 1 occurs, and again at 2026-01-01T00:30:00Z
        enter t
        leave t by t-told
        pass told
        > finish - a
        task done a
        leave a by a-e
        pass e
        completed
        > advance PT1H
    "##,
    );
}

#[test]
fn a_cycle_is_over_after_its_last_time() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R2/PT10M</timeCycle></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="told"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-told" sourceRef="t" targetRef="told"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > advance PT2H
        event 1 occurs, and again at 2026-01-01T00:20:00Z
        enter t
        leave t by t-told
        pass told
        event 1 occurs
        enter t
        leave t by t-told
        pass told
    "##,
    );
}

/// A user task with a cycle on its border that interrupts nothing.
fn cycle(text: &str) -> String {
    format!(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>{text}</timeCycle></timerEventDefinition></boundaryEvent>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        </process>"#
    )
}

/// What `text` fires at, as it is asked for below the beginning.
#[track_caller]
fn check_cycle(text: &str, scenario: &str) {
    let begin = "
        > start {}
        started
        pass s by s-a
        enter a";
    check_content(&cycle(text), &format!("{begin}\n{scenario}"));
}

#[test]
fn case_100_a_cycle_that_fires_late_makes_up_once_and_keeps_its_rhythm() {
    check_cycle(
        "R3/PT10M",
        r##"
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > oversleep PT35M
        > trigger t
        event 1 occurs, and again at 2026-01-01T00:40:00Z
        enter t
        leave t
        > advance PT25M
        event 1 occurs, and again at 2026-01-01T00:50:00Z
        enter t
        leave t
        event 1 occurs
        enter t
        leave t
        "##,
    );
}

#[test]
fn a_start_that_is_past_only_says_the_rhythm() {
    check_cycle(
        "R/2025-12-30T18:00:00Z/P1D",
        r##"
        t waits for timer 2026-01-01T18:00:00Z
        task a
        > advance P1D
        event 1 occurs, and again at 2026-01-02T18:00:00Z
        enter t
        leave t
        "##,
    );
}

#[test]
fn case_97_months_keep_the_day_that_they_began_with() {
    check_cycle(
        "R/2025-12-31T00:00:00Z/P1M",
        r##"
        t waits for timer 2026-01-31T00:00:00Z
        task a
        > advance P4M
        event 1 occurs, and again at 2026-02-28T00:00:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-03-31T00:00:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-04-30T00:00:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-05-31T00:00:00Z
        enter t
        leave t
        "##,
    );
}

#[test]
fn a_cycle_ends_at_its_end() {
    check_cycle(
        "R5/PT10M/2026-01-01T00:25:00Z",
        r##"
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > advance PT1H
        event 1 occurs, and again at 2026-01-01T00:20:00Z
        enter t
        leave t
        event 1 occurs
        enter t
        leave t
        "##,
    );
}

#[test]
fn two_moments_say_the_first_time_and_the_period() {
    check_cycle(
        "R2/2026-01-01T01:00:00Z/2026-01-01T01:30:00Z",
        r##"
        t waits for timer 2026-01-01T01:00:00Z
        task a
        > advance P1D
        event 1 occurs, and again at 2026-01-01T01:30:00Z
        enter t
        leave t
        event 1 occurs
        enter t
        leave t
        "##,
    );
}

#[test]
fn case_96_cron_fires_in_utc_or_in_the_zone_that_it_names() {
    check_cycle(
        "0 0 9 * * MON-FRI",
        r##"
        t waits for timer 2026-01-01T09:00:00Z
        task a
        > oversleep P1D
        > trigger t
        event 1 occurs, and again at 2026-01-02T09:00:00Z
        enter t
        leave t
        > advance P1D
        event 1 occurs, and again at 2026-01-05T09:00:00Z
        enter t
        leave t
        "##,
    );
    // The clocks of Paris are set on the last Sunday of March.
    check_cycle(
        "TZ=Europe/Paris 0 30 2 28-31 3 *",
        r##"
        t waits for timer 2026-03-28T01:30:00Z
        task a
        > advance P90D
        event 1 occurs, and again at 2026-03-29T01:30:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-03-30T00:30:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-03-31T00:30:00Z
        enter t
        leave t
        event 1 occurs, and again at 2027-03-28T01:30:00Z
        enter t
        leave t
        "##,
    );
}

#[test]
fn case_96_an_hour_that_a_clock_shows_twice_counts_once() {
    // The clocks of Paris are set back on the last Sunday of October.
    check_cycle(
        "TZ=Europe/Paris 0 30 2 24-26 10 *",
        r##"
        t waits for timer 2026-10-24T00:30:00Z
        task a
        > advance P300D
        event 1 occurs, and again at 2026-10-25T00:30:00Z
        enter t
        leave t
        event 1 occurs, and again at 2026-10-26T01:30:00Z
        enter t
        leave t
        event 1 occurs, and again at 2027-10-24T00:30:00Z
        enter t
        leave t
        "##,
    );
}

#[test]
fn case_97_the_29th_of_february_comes_every_year() {
    check_cycle(
        "R/2024-02-29T00:00:00Z/P1Y",
        r##"
        t waits for timer 2026-02-28T00:00:00Z
        task a
        > advance P26M
        event 1 occurs, and again at 2027-02-28T00:00:00Z
        enter t
        leave t
        event 1 occurs, and again at 2028-02-29T00:00:00Z
        enter t
        leave t
        event 1 occurs, and again at 2029-02-28T00:00:00Z
        enter t
        leave t
        "##,
    );
}

/// Whatever the clock of the machine does, a timer that has fired is over, and one that is not due
/// does not fire.
#[test]
fn case_95_a_clock_that_is_set_back_fires_no_timer_twice() {
    check_content(
        r#"<process id="p" isExecutable="true"><startEvent id="s"/>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration>
        </timerEventDefinition></intermediateCatchEvent><userTask id="a"/>
        <sequenceFlow id="s-t" sourceRef="s" targetRef="t"/>
        <sequenceFlow id="t-a" sourceRef="t" targetRef="a"/></process>"#,
        r##"
        > start {}
        started
        pass s by s-t
        enter t
        t waits for timer 2026-01-01T01:00:00Z
        > oversleep -P1D
        > trigger t
        refused: the timer is not due yet
        > oversleep P1DT1H
        > trigger t
        event 1 occurs
        leave t by t-a
        enter a
        task a
        > oversleep -P1D
        > trigger t
        refused: the event is no longer waited for
        "##,
    );
}
