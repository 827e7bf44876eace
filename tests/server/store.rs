//! The store, the same on both databases: people, sessions, drafts, numbers, deployments, lists.

use spartito::connectors::Catalogue;
use spartito::runtime::Clock;
use spartito::store::{
    Draft, InstanceQuery, InstanceStatus, NewDeployment, NewForm, Origin, PersonRow, SessionRow,
    Store, StoreError, StoreSettings, TaskQuery, TaskSelection,
};
use spartito_core::exchange::Outgoing;
use spartito_core::ids::{FormId, GroupId, PersonId, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::models;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn person(name: &str) -> PersonRow {
    PersonRow {
        person: PersonId::from(name),
        name: format!("{name} Müller"),
        role: "member".to_owned(),
        groups: vec![GroupId::from("clerks"), GroupId::from("a,b")],
        password_hash: "$argon2id$".to_owned(),
        disabled: false,
        created_at: at("2026-01-01T00:00:00Z"),
        last_sign_in: None,
    }
}

#[test]
fn people_are_added_all_or_none() {
    on_every_database("people_are_added_all_or_none", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        store.add_people(&[person("anna")]).await.unwrap();
        let refused = store.add_people(&[person("ben"), person("anna")]).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict(_)), "{refused:?}");
        assert_eq!(store.people().await.unwrap(), [person("anna")]);
        assert_eq!(store.person(&PersonId::from("ben")).await.unwrap(), None);
        let changed = PersonRow { disabled: true, groups: Vec::new(), ..person("anna") };
        assert!(store.update_person(&changed).await.unwrap());
        assert!(!store.update_person(&person("ben")).await.unwrap());
        let now = at("2026-11-23T08:00:00Z");
        store.note_sign_in(&changed.person, now).await.unwrap();
        let anna = store.person(&changed.person).await.unwrap().unwrap();
        assert_eq!(anna, PersonRow { last_sign_in: Some(now), ..changed });
        store.close().await;
    });
}

#[test]
fn a_deleted_session_stays_deleted() {
    on_every_database("a_deleted_session_stays_deleted", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let now = at("2026-11-23T08:00:00Z");
        let session = |id, person: Option<&str>| SessionRow {
            id,
            record: vec![0, 1, 255],
            person: person.map(PersonId::from),
            expires_at: at("2026-11-23T09:00:00Z"),
        };
        store.create_session(&session(1, Some("anna"))).await.unwrap();
        store.create_session(&session(u128::MAX, Some("anna"))).await.unwrap();
        store.create_session(&session(3, None)).await.unwrap();
        let taken = store.create_session(&session(3, None)).await.unwrap_err();
        assert!(matches!(taken, StoreError::Conflict(_)), "{taken:?}");
        assert_eq!(store.session(1, now).await.unwrap(), Some(session(1, Some("anna"))));
        assert_eq!(store.session(1, at("2026-11-23T09:00:00Z")).await.unwrap(), None, "ended");
        store.delete_sessions_of(&PersonId::from("anna"), Some(u128::MAX)).await.unwrap();
        assert_eq!(store.session(1, now).await.unwrap(), None);
        assert!(store.session(u128::MAX, now).await.unwrap().is_some());
        assert!(!store.update_session(&session(1, Some("anna"))).await.unwrap(), "stays away");
        assert_eq!(store.session(1, now).await.unwrap(), None);
        store.delete_session(u128::MAX).await.unwrap();
        assert_eq!(store.delete_expired_sessions(at("2026-11-23T09:00:00Z")).await.unwrap(), 1);
        store.close().await;
    });
}

#[test]
fn drafts_and_settings_keep_the_last_word() {
    on_every_database("drafts_and_settings_keep_the_last_word", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let (anna, ben) = (PersonId::from("anna"), PersonId::from("ben"));
        let draft = |answers: &str| Draft {
            answers: answers.to_owned(),
            saved_at: at("2026-11-23T08:00:00Z"),
        };
        store.save_draft(&anna, "task", &draft("{}")).await.unwrap();
        store.save_draft(&anna, "task", &draft(r#"{"a": "ß"}"#)).await.unwrap();
        store.save_draft(&ben, "task", &draft("[]")).await.unwrap();
        assert_eq!(store.draft(&anna, "task").await.unwrap(), Some(draft(r#"{"a": "ß"}"#)));
        store.delete_draft(&anna, "task").await.unwrap();
        assert_eq!(store.draft(&anna, "task").await.unwrap(), None);
        store.delete_drafts_of("task").await.unwrap();
        assert_eq!(store.draft(&ben, "task").await.unwrap(), None);
        assert_eq!(store.setting("set-up").await.unwrap(), None);
        assert!(store.claim_setting("set-up", "first").await.unwrap());
        assert!(!store.claim_setting("set-up", "second").await.unwrap(), "once only");
        assert_eq!(store.setting("set-up").await.unwrap().as_deref(), Some("first"));
        store.set_setting("set-up", "third").await.unwrap();
        assert_eq!(store.setting("set-up").await.unwrap().as_deref(), Some("third"));
        store.close().await;
    });
}

#[test]
fn the_number_of_an_entry_that_is_done_never_comes_back() {
    on_every_database("the_number_of_an_entry_never_comes_back", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let entry = Outgoing::Signal {
            from: Origin::OUTSIDE,
            name: "stop".into(),
            variables: Variables::default(),
        };
        let mut before = 0;
        for number in 0..3 {
            let origin = Origin { instance: Origin::OUTSIDE, position: 1, number };
            store.ask(origin, None, &entry).await.unwrap();
            let sequence = store.outgoing(0, true, 10).await.unwrap()[0].sequence;
            assert!(sequence > before, "{sequence} after {before}");
            before = sequence;
            store.delete_outgoing(&[sequence]).await.unwrap();
        }
        store.close().await;
    });
}

#[test]
fn numbers_are_given_out_once_and_in_order() {
    on_every_database("numbers_are_given_out_once_and_in_order", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let numbers = futures::future::join_all((0..50).map(|_| store.next_number("LA"))).await;
        let mut numbers: Vec<u64> = numbers.into_iter().map(Result::unwrap).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
        assert_eq!(store.next_number("other").await.unwrap(), 1);
        store.close().await;
        // What was reserved and not used has been given back.
        let store = Store::open(&database.settings).await.unwrap();
        assert_eq!(store.next_number("LA").await.unwrap(), 51);
        let now = at("2026-11-23T08:00:00Z");
        let mut made: Vec<u64> = (0..100_000).map(|_| store.new_number(now)).collect();
        made.dedup();
        assert_eq!(made.len(), 100_000);
        assert!(made.is_sorted());
        assert!(store.new_number(at("2020-06-01T00:00:00Z")) > made[99_999], "a clock set back");
        assert!(i64::try_from(store.new_number(at("2088-01-01T00:00:00Z"))).is_ok());
        store.close().await;
    });
}

#[test]
fn a_deployment_is_all_or_none_and_knows_what_is_unchanged() {
    on_every_database("a_deployment_is_all_or_none", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let now = at("2026-11-23T08:00:00Z");
        let xml = models::sequence("loan", &[models::user_task("check", "Check it", "clerks")]);
        let form = |json: &str| NewForm { form: FormId::from("start"), json: json.to_owned() };
        let new = |xml: &str, json: &str| NewDeployment {
            definitions: vec![models::definition(xml, Timestamp::EPOCH)],
            forms: vec![form(json)],
            decisions: Vec::new(),
            by: Some(PersonId::from("anna")),
            at: now,
        };
        let first = store.deploy(new(&xml, "{}")).await.unwrap();
        let again = store.deploy(new(&xml, "{\"a\": 1}")).await.unwrap();
        assert_eq!((first.definitions[0].version, first.definitions[0].unchanged), (1, false));
        assert_eq!((again.definitions[0].version, again.definitions[0].unchanged), (1, true));
        assert_eq!(again.definitions[0].key, first.definitions[0].key);
        assert_eq!((again.forms[0].version, again.forms[0].unchanged), (2, false));
        let changed = store.deploy(new(&format!("{xml}\n"), "{\"a\": 1}")).await.unwrap();
        assert_eq!((changed.definitions[0].version, changed.forms[0].version), (2, 2));
        let latest = store.latest_form(&FormId::from("start")).await.unwrap().unwrap();
        assert_eq!((latest.key, latest.json.as_str()), (again.forms[0].key, "{\"a\": 1}"));
        assert_eq!(store.latest_forms().await.unwrap()[&FormId::from("start")], latest.key);
        let versions = store.versions(&ProcessId::from("loan")).await.unwrap();
        assert_eq!(versions.iter().map(|row| row.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(versions[1].deployed_by, Some(PersonId::from("anna")));
        let key = first.definitions[0].key;
        assert_eq!(store.definition_xml(key).await.unwrap(), Some(xml.clone()));
        // The second of two is broken: the first is not kept either.
        let other = models::sequence("other", &[models::user_task("a", "A", "clerks")]);
        let mut broken = models::definition(&other, Timestamp::EPOCH);
        broken.nodes.push(broken.nodes[0].clone());
        let both = NewDeployment {
            definitions: vec![models::definition(&other, Timestamp::EPOCH), broken],
            forms: Vec::new(),
            decisions: Vec::new(),
            by: None,
            at: now,
        };
        // The same process twice in one deployment: the second finds the text unchanged.
        assert_eq!(store.deploy(both).await.unwrap().definitions[1].version, 1);
        let mut broken = models::definition(&format!("{other}\n\n"), Timestamp::EPOCH);
        broken.nodes.push(broken.nodes[0].clone());
        let third = models::sequence("third", &[models::user_task("a", "A", "clerks")]);
        let both = NewDeployment {
            definitions: vec![models::definition(&third, Timestamp::EPOCH), broken],
            forms: Vec::new(),
            decisions: Vec::new(),
            by: None,
            at: now,
        };
        assert!(matches!(store.deploy(both).await, Err(StoreError::Conflict(_))));
        assert!(store.versions(&ProcessId::from("third")).await.unwrap().is_empty());
        store.close().await;
    });
}

/// Case 117: one SQLite file, two processes. (A second handle in this process is refused alike.)
#[tokio::test]
async fn case_117_a_second_user_of_a_file_is_refused_by_name() {
    let database = sqlite();
    let store = Store::open(&database.settings).await.unwrap();
    match Store::open(&database.settings).await {
        Err(StoreError::Locked(words)) => {
            assert!(words.contains(&format!("process {}", std::process::id())), "{words}");
        }
        other => panic!("{other:?}"),
    }
    store.close().await;
    Store::open(&database.settings).await.unwrap().close().await;
}

#[tokio::test]
async fn a_wrong_address_is_refused_in_words() {
    for url in ["", "mysql://x", "sqlite:", "postgres://:x:y"] {
        let refused = Store::open(&StoreSettings { url: url.to_owned() }).await.unwrap_err();
        assert!(matches!(refused, StoreError::Address(_)), "{url}: {refused:?}");
    }
    let nobody = StoreSettings { url: "postgres://x@127.0.0.1:1/x".to_owned() };
    let refused = Store::open(&nobody).await.unwrap_err();
    assert!(refused.is_passing(), "{refused:?}");
}

#[test]
fn lists_go_page_by_page_in_one_order() {
    on_every_database("lists_go_page_by_page_in_one_order", |database| async move {
        let bench = Bench::start(&database.settings, Default::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        let mut started = Vec::new();
        for n in 0..25 {
            started.push(bench.start_instance(definition, "anna", &format!("LA-{n}")).await);
        }
        let store = &bench.runtime.store;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = InstanceQuery { limit: 10, after: after.clone(), ..Default::default() };
            let page = store.instances(&query).await.unwrap();
            seen.extend(page.rows.into_iter().map(|row| row.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        started.reverse();
        assert_eq!(seen, started, "latest first, none twice, none left out");
        let query = |after, q: Option<&str>, every| TaskQuery {
            every,
            after,
            q: q.map(str::to_owned),
            limit: 10,
            ..bench.tasks_of("ben", &["clerks", "others"], TaskSelection::Groups)
        };
        for every in [false, true] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store.open_tasks(&query(after, None, every)).await.unwrap();
                seen.extend(page.rows.into_iter().map(|row| row.key.instance));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            seen.reverse();
            assert_eq!(seen, started, "oldest first, none twice, none left out");
        }
        let found = store.open_tasks(&query(None, Some("la-7 CHECK"), false)).await.unwrap();
        assert_eq!(found.rows.len(), 1);
        let found = store.open_tasks(&query(None, Some("100%"), false)).await.unwrap();
        assert!(found.rows.is_empty(), "a sign of the pattern is taken literally");
        let counts = store.task_counts(&query(None, None, false)).await.unwrap();
        assert_eq!((counts.mine, counts.groups, counts.overdue), (0, 25, 0));
        let of_step = InstanceQuery {
            step: Some("check".into()),
            state: Some(InstanceStatus::Active),
            process: Some(ProcessId::from("one")),
            q: Some("la-1".to_owned()),
            limit: 50,
            ..Default::default()
        };
        assert_eq!(store.instances(&of_step).await.unwrap().rows.len(), 11, "LA-1, LA-10 to 19");
        bench.stop().await;
    });
}

#[test]
fn a_type_of_jobs_with_many_priorities_hides_no_other() {
    on_every_database("a_type_of_jobs_with_many_priorities", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("later", &[models::service_task("do", "zzz", 3)]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        // More than a model can give.
        database.change(&format!(
            "insert into jobs (instance, element, job_type, retries, retries_granted, due_at, \
             priority) with recursive n (i) as (select 1 union all select i + 1 from n \
             where i < 5000) select {}, 1000 + i, 'aaa', 1, 1, i, -i from n",
            instance.number()
        ));
        let due = bench.runtime.store.jobs_due(&["aaa", "zzz"]).await.unwrap();
        let first: Vec<_> = due.iter().take(3).map(|jobs| jobs.priority).collect();
        assert_eq!(first, [-1, -2, -3], "the highest first");
        assert!(due.len() < 5_000, "and not all of them: {}", due.len());
        let last = due.last().unwrap();
        assert_eq!((last.job_type.as_str(), last.due), ("zzz", bench.clock.now()));
        bench.stop().await;
    });
}
