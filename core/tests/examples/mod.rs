//! Each shipped example, run from its first form to its end.

use crate::harness::check_example;

#[test]
fn a_loan_goes_from_the_application_to_the_payout() {
    check_example(
        "loan-application",
        r#"
        > start {"applicant": "Marta Keller", "amount": 24000, "term": 48, "income": 3900, "tier": "gold"}
        started
        pass Applied by ToScore
        enter CreditScore
        set CreditScore {"connection":"sandbox","method":"POST","url":"/bureau/scores","body":{"applicant":"Marta Keller","amount":24000,"term":48,"income":3900},"readTimeoutInSeconds":10}
        job CreditScore of type io.camunda:http-json:1, 3 attempts
        > complete CreditScore {"score": 712, "scoreBand": "good"}
        job done CreditScore
        set process {"score":712,"scoreBand":"good"}
        leave CreditScore by Scored
        enter AssessRisk
        decided AssessRisk by LoanAssessment v1: Burden 0.128; Risk class "medium" rule 4; Required checks "identity and documents" rule 3; Loan assessment {"riskClass":"medium","burden":0.128,"checks":"identity and documents"}
        set AssessRisk {"assessment":{"riskClass":"medium","burden":0.128,"checks":"identity and documents"}}
        set process {"riskClass":"medium","requiredChecks":"identity and documents"}
        leave AssessRisk by Assessed
        pass WhichWay by ManualReview
        pass Fork by ToIdentity, ToDocuments
        enter VerifyIdentity
        task VerifyIdentity groups verification due 2026-01-02T00:00:00Z form verify-identity summary Marta Keller · 24,000 EUR
        enter CheckDocuments
        task CheckDocuments groups back-office due 2026-01-03T00:00:00Z form check-documents summary Marta Keller · income 3900 EUR a month
        > claim ben VerifyIdentity
        VerifyIdentity goes to ben by ben
        > finish ben VerifyIdentity {"identityMatches": true}
        task done VerifyIdentity by ben
        set process {"identityMatches":true}
        leave VerifyIdentity by IdentityDone
        > claim ben CheckDocuments
        CheckDocuments goes to ben by ben
        > finish ben CheckDocuments {"confirmedIncome": 3900}
        task done CheckDocuments by ben
        set process {"confirmedIncome":3900}
        leave CheckDocuments by DocumentsDone
        pass Join by ToDecide
        enter Decide
        task Decide groups underwriters due 2026-01-01T04:00:00Z priority 80 form decide-loan summary 24,000 EUR over 48 months · gold · score 712 (medium risk)
        > claim ursula Decide
        Decide goes to ursula by ursula
        > finish ursula Decide {"approved": true, "rate": 4.9}
        task done Decide by ursula
        set process {"approved":true,"rate":4.9}
        leave Decide by Decided
        pass Approved by Yes
        enter PayOut
        set PayOut {"connection":"sandbox","method":"POST","url":"/payments","body":{"reference":"Loan for Marta Keller","amount":24000},"readTimeoutInSeconds":10}
        job PayOut of type io.camunda:http-json:1, 3 attempts
        > complete PayOut {"paymentId": "p-1"}
        job done PayOut
        set process {"paymentId":"p-1"}
        leave PayOut by Paid
        pass PaidOut
        completed
    "#,
    );
}

#[test]
fn a_low_score_is_declined_without_any_work_for_people() {
    check_example(
        "loan-application",
        r#"
        > start {"applicant": "Pavel Novak", "amount": 62000, "term": 96, "income": 2200, "tier": "standard"}
        started
        pass Applied by ToScore
        enter CreditScore
        set CreditScore {"connection":"sandbox","method":"POST","url":"/bureau/scores","body":{"applicant":"Pavel Novak","amount":62000,"term":96,"income":2200},"readTimeoutInSeconds":10}
        job CreditScore of type io.camunda:http-json:1, 3 attempts
        > complete CreditScore {"score": 520, "scoreBand": "weak"}
        job done CreditScore
        set process {"score":520,"scoreBand":"weak"}
        leave CreditScore by Scored
        enter AssessRisk
        decided AssessRisk by LoanAssessment v1: Burden 0.294; Risk class "too high" rule 3; Required checks "decline" rule 4; Loan assessment {"riskClass":"too high","burden":0.294,"checks":"decline"}
        set AssessRisk {"assessment":{"riskClass":"too high","burden":0.294,"checks":"decline"}}
        set process {"riskClass":"too high","requiredChecks":"decline"}
        leave AssessRisk by Assessed
        pass WhichWay by TooRisky
        pass DeclinedAtOnce
        completed
    "#,
    );
}

#[test]
fn a_small_loan_is_examined_at_a_lower_score_and_can_be_declined() {
    check_example(
        "loan-application",
        r#"
        > start {"applicant": "Elena Rossi", "amount": 5200, "term": 18, "income": 2900, "tier": "silver"}
        started
        pass Applied by ToScore
        enter CreditScore
        set CreditScore {"connection":"sandbox","method":"POST","url":"/bureau/scores","body":{"applicant":"Elena Rossi","amount":5200,"term":18,"income":2900},"readTimeoutInSeconds":10}
        job CreditScore of type io.camunda:http-json:1, 3 attempts
        > complete CreditScore {"score": 520, "scoreBand": "weak"}
        job done CreditScore
        set process {"score":520,"scoreBand":"weak"}
        leave CreditScore by Scored
        enter AssessRisk
        decided AssessRisk by LoanAssessment v1: Burden 0.100; Risk class "high" rule 2; Required checks "identity and documents" rule 3; Loan assessment {"riskClass":"high","burden":0.100,"checks":"identity and documents"}
        set AssessRisk {"assessment":{"riskClass":"high","burden":0.100,"checks":"identity and documents"}}
        set process {"riskClass":"high","requiredChecks":"identity and documents"}
        leave AssessRisk by Assessed
        pass WhichWay by ManualReview
        pass Fork by ToIdentity, ToDocuments
        enter VerifyIdentity
        task VerifyIdentity groups verification due 2026-01-02T00:00:00Z form verify-identity summary Elena Rossi · 5,200 EUR
        enter CheckDocuments
        task CheckDocuments groups back-office due 2026-01-03T00:00:00Z form check-documents summary Elena Rossi · income 2900 EUR a month
        > claim ben CheckDocuments
        CheckDocuments goes to ben by ben
        > finish ben CheckDocuments {"confirmedIncome": 2900}
        task done CheckDocuments by ben
        set process {"confirmedIncome":2900}
        leave CheckDocuments by DocumentsDone
        > claim ben VerifyIdentity
        VerifyIdentity goes to ben by ben
        > finish ben VerifyIdentity {"identityMatches": true}
        task done VerifyIdentity by ben
        set process {"identityMatches":true}
        leave VerifyIdentity by IdentityDone
        pass Join by ToDecide
        enter Decide
        task Decide groups underwriters due 2026-01-01T04:00:00Z form decide-loan summary 5,200 EUR over 18 months · silver · score 520 (high risk)
        > claim ursula Decide
        Decide goes to ursula by ursula
        > finish ursula Decide {"approved": false, "comment": "Too much other credit"}
        task done Decide by ursula
        set process {"approved":false,"comment":"Too much other credit"}
        leave Decide by Decided
        pass Approved by No
        pass Declined
        completed
    "#,
    );
}

#[test]
fn a_small_loan_of_low_risk_goes_straight_through() {
    check_example(
        "loan-application",
        r#"
        > start {"applicant": "Elena Rossi", "amount": 5200, "term": 18, "income": 2900, "tier": "silver"}
        started
        pass Applied by ToScore
        enter CreditScore
        set CreditScore {"connection":"sandbox","method":"POST","url":"/bureau/scores","body":{"applicant":"Elena Rossi","amount":5200,"term":18,"income":2900},"readTimeoutInSeconds":10}
        job CreditScore of type io.camunda:http-json:1, 3 attempts
        > complete CreditScore {"score": 790, "scoreBand": "excellent"}
        job done CreditScore
        set process {"score":790,"scoreBand":"excellent"}
        leave CreditScore by Scored
        enter AssessRisk
        decided AssessRisk by LoanAssessment v1: Burden 0.100; Risk class "low" rule 6; Required checks "none" rule 1; Loan assessment {"riskClass":"low","burden":0.100,"checks":"none"}
        set AssessRisk {"assessment":{"riskClass":"low","burden":0.100,"checks":"none"}}
        set process {"riskClass":"low","requiredChecks":"none"}
        leave AssessRisk by Assessed
        pass WhichWay by StraightThrough
        enter PayOut
        set PayOut {"connection":"sandbox","method":"POST","url":"/payments","body":{"reference":"Loan for Elena Rossi","amount":5200},"readTimeoutInSeconds":10}
        job PayOut of type io.camunda:http-json:1, 3 attempts
        > complete PayOut {"paymentId": "p-2"}
        job done PayOut
        set process {"paymentId":"p-2"}
        leave PayOut by Paid
        pass PaidOut
        completed
    "#,
    );
}
