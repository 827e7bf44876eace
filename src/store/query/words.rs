//! Words that a list is searched for: each must occur somewhere in a text of the row, whatever its case.
//!
//! An index knows in which business keys and summaries any three characters stand. Where a word is found
//! in few places, these are gathered and looked at; where in many, a list meets them on its way. Never
//! decides what a list shows: what is gathered is more than what is meant, and each row is looked at.

use std::collections::HashMap;

use super::Builder;
use crate::store::{Store, StoreError};

/// Words at most; further ones are ignored.
const WORDS_MAX: usize = 6;
/// Characters that an index knows the places of.
const PART: usize = 3;
/// Parts of which the rarest are looked for, at most.
const PARTS_WEIGHED_MAX: usize = 32;
/// Parts that an index is asked for in a row: six characters tell places apart, and each part takes time.
const PARTS_IN_A_ROW_MAX: usize = 4;
/// Words of which an index is asked for parts; the others are looked for in what it finds.
const STRETCHES_ASKED_MAX: usize = 3;
/// How often a part is met before it is known how rare it is.
const TIMES_MET: u32 = 200;
/// A part that is as many times more frequent than the rarest does not tell places apart any more, and
/// all of it would have to be gone through.
const TIMES_AS_FREQUENT_MAX: i64 = 16;
/// Business keys that are looked at, at most, in the order of the list until a page is full. With more, a
/// list of a million meets a page of them sooner.
const KEYS_LOOKED_AT_MAX: i64 = 16_000;
/// The same for tasks, for which all are looked at before there is a page: some five milliseconds.
const KEYS_OF_TASKS_MAX: i64 = 6_000;
/// Tasks that are gathered at most, all of which are needed before there is a page.
const TASKS_GATHERED_MAX: i64 = 2_000;
/// The first rows of a list among which so many have what is searched for: it is met on the way. To
/// count all of it would take PostgreSQL, which finds all before it gives any, as long as there is of it.
const ROWS_LOOKED_AT: i64 = 1_000;
const MET_SOON_MIN: i64 = 20;

/// What is looked for in tasks.
pub(super) const TASK_TEXT: &str =
    "coalesce(n.title, t.node) || ' ' || coalesce(i.business_key, '') || ' ' || t.summary";

/// Words of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Those of a text that somebody has entered.
    pub(super) fn of(text: Option<&str>) -> Self {
        let words = text.unwrap_or_default().split(|c: char| c.is_whitespace() || c == '\0');
        Self(words.filter(|word| !word.is_empty()).take(WORDS_MAX).map(str::to_owned).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Conditions that every word occurs in `text`.
    pub(super) fn conditions(&self, text: &str, sql: &mut Builder) -> Vec<String> {
        self.0.iter().map(|word| occurs(word, text, sql)).collect()
    }

    /// The words that an index can be asked for.
    fn asked(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|word| word.chars().count() >= PART)
    }
}

/// The condition that a word occurs in `text`. Databases differ in whether they know the small letter of
/// one that is not of ASCII: they are given the spellings that people use.
fn occurs(word: &str, text: &str, sql: &mut Builder) -> String {
    let spellings = spellings(word).into_iter().map(|spelling| {
        let mark = sql.mark(like_pattern(&spelling));
        format!("lower({text}) like {mark} escape '\\'")
    });
    format!("({})", spellings.collect::<Vec<_>>().join(" or "))
}

/// A word in small letters, and with those that are not of ASCII as capitals, all or the first.
fn spellings(word: &str) -> Vec<String> {
    let small = word.to_lowercase();
    let capitals: String = small.chars().map(capital).collect();
    let mut characters = small.chars();
    let first: String = characters.next().map(capital).into_iter().chain(characters).collect();
    let mut spellings = vec![small];
    for spelling in [capitals, first] {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// The capital of a letter that is not of ASCII, where that is one letter.
fn capital(c: char) -> char {
    let mut capitals = c.to_uppercase();
    match (c.is_ascii(), capitals.next(), capitals.next()) {
        (false, Some(capital), None) => capital,
        _ => c,
    }
}

/// `%word%`, with the signs that `like` knows taken literally.
fn like_pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The parts of words, each once.
fn parts<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut parts = Vec::new();
    for word in words {
        let characters: Vec<char> = word.chars().collect();
        for part in characters.windows(PART) {
            let part: String = part.iter().collect();
            if !parts.contains(&part) && parts.len() < PARTS_WEIGHED_MAX {
                parts.push(part);
            }
        }
    }
    parts
}

/// A text as the index of SQLite is asked for it, with nothing in it that means something else.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What SQLite is asked for to find these words: of each, the rarest parts that stand in a row, where
/// these are about as rare as the rarest of all. `ways` tells how far one goes to meet a part so often;
/// one that it lacks is taken for frequent.
fn stretches<'w>(words: impl Iterator<Item = &'w str>, ways: &HashMap<String, i64>) -> Vec<String> {
    let shortest = ways.values().max().map_or(0, |way| way / TIMES_AS_FREQUENT_MAX);
    let mut stretches: Vec<(i128, String)> =
        words.filter_map(|word| stretch(word, ways, shortest)).collect();
    stretches.sort_by_key(|(rare, _)| std::cmp::Reverse(*rare));
    stretches.dedup();
    stretches.into_iter().take(STRETCHES_ASKED_MAX).map(|(_, stretch)| stretch).collect()
}

/// The rarest stretch of a word, with how rare it is: the ways to its parts together, each part once. To
/// have one part several times says little.
fn stretch(word: &str, ways: &HashMap<String, i64>, shortest: i64) -> Option<(i128, String)> {
    let characters: Vec<char> = word.chars().collect();
    let parts: Vec<String> = characters.windows(PART).map(|part| part.iter().collect()).collect();
    let rare = |part: &String| ways.get(part).copied().filter(|way| *way >= shortest);
    // From each part on, as many as are rare; of those that are as rare, the longest.
    let from = |first: usize| {
        let in_a_row = parts[first..].iter().take(PARTS_IN_A_ROW_MAX).map_while(rare);
        let last = first + in_a_row.clone().count();
        let together = in_a_row.enumerate().filter(|(n, _)| {
            let before = &parts[first..first + n];
            !before.contains(&parts[first + n])
        });
        (together.map(|(_, way)| i128::from(way)).sum::<i128>(), first, last)
    };
    let all = (0..parts.len()).map(from).filter(|(_, first, last)| first < last);
    let (together, first, last) =
        all.max_by_key(|(together, first, last)| (*together, last - first))?;
    Some((together, characters[first..last + PART - 1].iter().collect()))
}

/// What an index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// SQLite: the rarest stretches of words.
    Stretches(String),
    /// PostgreSQL, which chooses parts itself: words.
    Words(Vec<String>),
}

/// A place that an index is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Business keys of instances.
    Keys,
    /// Summaries of open tasks.
    Summaries,
}

impl Place {
    /// The index of SQLite.
    const fn table(self) -> &'static str {
        match self {
            Self::Keys => "instance_words",
            Self::Summaries => "task_words",
        }
    }

    /// The table that has the numbers of its rows.
    const fn numbers(self) -> &'static str {
        match self {
            Self::Keys => "instances",
            Self::Summaries => "searched_tasks",
        }
    }
}

/// The statement that gives the places of which an index knows that what is searched for may be there:
/// `id` of instances, or `instance` and `element` of tasks.
fn found(search: &Search, place: Place, sql: &mut Builder) -> String {
    match search {
        Search::Stretches(stretches) => {
            let stretches = sql.mark(stretches.as_str());
            match place {
                Place::Keys => format!(
                    "select rowid as id from instance_words where instance_words match {stretches}"
                ),
                Place::Summaries => format!(
                    "select s.instance, s.element from task_words w cross join searched_tasks s \
                     where w.task_words match {stretches} and s.id = w.rowid"
                ),
            }
        }
        Search::Words(words) => {
            let (columns, table, text, of_index) = match place {
                Place::Keys => ("id", "instances", "business_key", "business_key is not null"),
                Place::Summaries => {
                    let of_index = "state = 0 and summary <> ''";
                    ("instance, element", "user_tasks", "summary", of_index)
                }
            };
            let conditions: Vec<String> =
                words.iter().map(|word| occurs(word, text, sql)).collect();
            // Rare words are to be looked up in the index, frequent ones are met at once.
            sql.depends_on_values = true;
            // Found before anything else is: what is done with it does not change the way.
            format!(
                "select {columns} from {table} where {of_index} and {} offset 0",
                conditions.join(" and ")
            )
        }
    }
}

/// The statement that gives the instances in whose business keys what is searched for may be.
pub(super) fn instances_found(search: &Search, sql: &mut Builder) -> String {
    found(search, Place::Keys, sql)
}

/// Open tasks, as instance and element, in which a word may occur.
pub(super) type TasksFound = Vec<(i64, i64)>;

/// The statement that gives the open tasks in which a word occurs, each once and with a row below all where
/// it may be in too many business keys to look at; one more than are gathered where there are more.
///
/// A business key is looked at before the tasks of its instance are: parts of a word stand in many more
/// keys than the word, and in those of instances that have ended.
fn tasks_found(word: &str, keys: &Search, summaries: &Search, sql: &mut Builder) -> String {
    let titles = format!(
        "select e.instance, e.element from elements e \
         where e.node in (select node from definition_nodes where {})",
        occurs(word, "title", sql)
    );
    let (keys, summaries) =
        (found(keys, Place::Keys, sql), found(summaries, Place::Summaries, sql));
    let occurs = occurs(word, "b.business_key", sql);
    let (keys_max, keys_read) = (sql.mark(KEYS_OF_TASKS_MAX), sql.mark(KEYS_OF_TASKS_MAX + 1));
    let most = sql.mark(TASKS_GATHERED_MAX + 1);
    format!(
        "with keys_met (id) as materialized (select id from ({keys}) as keys_found limit {keys_read}), \
         of_keys as (select t.instance, t.element from keys_met f cross join instances b \
         cross join user_tasks t where (select count(*) from keys_met) <= {keys_max} \
         and b.id = f.id and b.status = 0 and {occurs} and t.instance = f.id and t.state = 0 \
         limit {most}), \
         of_summaries as (select * from ({summaries}) as summaries_found limit {most}), \
         of_titles as (select * from ({titles}) as titles_found limit {most}) \
         select * from (select * from of_keys union select * from of_summaries \
         union select * from of_titles union select -1, -1 \
         where (select count(*) from keys_met) > {keys_max}) as tasks limit {most}"
    )
}

/// The statement that gives tasks that were found.
pub(super) fn tasks_again(tasks: &[(i64, i64)], sql: &mut Builder) -> String {
    // Nothing that would be asked again.
    sql.depends_on_values = true;
    let rows = tasks.iter().map(|(instance, element)| {
        let (instance, element) = (sql.mark(*instance), sql.mark(*element));
        format!("({instance}, {element})")
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    format!(
        "select cast(column1 as bigint) as instance, cast(column2 as bigint) as element \
         from (values {rows}) as found"
    )
}

impl Store {
    /// How the words are found in business keys, where that is sooner than to meet them on the way:
    /// where they may be in few, or where nothing else is asked for (`is_all`), so that a page is full
    /// as soon as they have been met so often.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub(super) async fn search_keys(
        &self,
        words: &Words,
        is_all: bool,
    ) -> Result<Option<Search>, StoreError> {
        if words.asked().next().is_none() || !self.database.finds_words() {
            return Ok(None);
        }
        if self.are_met_soon(words.asked(), Place::Keys).await? {
            return Ok(None);
        }
        let search = self.search(words.asked(), Place::Keys).await?;
        // PostgreSQL gathers all places before it gives the first.
        if is_all && !self.database.is_postgres() {
            return Ok(Some(search));
        }
        let mut sql = Builder::default();
        let places = instances_found(&search, &mut sql);
        Ok(self.are_few(&places, KEYS_LOOKED_AT_MAX, sql).await?.then_some(search))
    }

    /// The open tasks in which one of the words may occur, where they are few.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub(super) async fn search_tasks(
        &self,
        words: &Words,
    ) -> Result<Option<TasksFound>, StoreError> {
        if !self.database.finds_words() {
            return Ok(None);
        }
        for word in words.asked() {
            let once = || std::iter::once(word);
            if self.are_met_soon(once(), Place::Keys).await?
                || self.are_met_soon(once(), Place::Summaries).await?
            {
                continue;
            }
            let keys = self.search(once(), Place::Keys).await?;
            let summaries = self.search(once(), Place::Summaries).await?;
            let mut sql = Builder::default();
            let text = tasks_found(word, &keys, &summaries, &mut sql);
            let (text, cells) = sql.statement(text);
            let tasks: TasksFound = self.database.all(text, cells).await?;
            let is_all = tasks.iter().all(|(instance, _)| *instance >= 0);
            if is_all && i64::try_from(tasks.len()).is_ok_and(|found| found <= TASKS_GATHERED_MAX) {
                return Ok(Some(tasks));
            }
        }
        Ok(None)
    }

    /// Whether PostgreSQL meets these words among the first rows of a list. SQLite counts places one by
    /// one as they are found, and need not look.
    async fn are_met_soon<'w>(
        &self,
        words: impl Iterator<Item = &'w str>,
        place: Place,
    ) -> Result<bool, StoreError> {
        if !self.database.is_postgres() {
            return Ok(false);
        }
        let mut sql = Builder::default();
        let rows = sql.mark(ROWS_LOOKED_AT);
        let first = match place {
            Place::Keys => "select business_key as text from instances order by id desc",
            Place::Summaries => {
                "select summary as text from user_tasks where state = 0 \
                 order by urgency, due_order, instance, element"
            }
        };
        let conditions: Vec<String> = words.map(|word| occurs(word, "s.text", &mut sql)).collect();
        let text = format!(
            "select count(*) from ({first} limit {rows}) as s where {}",
            conditions.join(" and ")
        );
        let row: Option<(i64,)> = self.database.optional(text, sql.cells).await?;
        Ok(row.is_some_and(|(met,)| met >= MET_SOON_MIN))
    }

    /// What the index of a place is asked for to find these words, one of which at least it knows.
    async fn search<'w>(
        &self,
        words: impl Iterator<Item = &'w str>,
        place: Place,
    ) -> Result<Search, StoreError> {
        if self.database.is_postgres() {
            return Ok(Search::Words(words.map(str::to_owned).collect()));
        }
        let words: Vec<&str> = words.collect();
        let ways = self.ways(parts(words.iter().copied()), place).await?;
        let stretches = stretches(words.into_iter(), &ways);
        let stretches: Vec<String> = stretches.iter().map(|stretch| quoted(stretch)).collect();
        Ok(Search::Stretches(stretches.join(" AND ")))
    }

    /// How rare parts are on SQLite, told by how far back one has to go to meet each so often: to count
    /// all of one would take as long as there is of it.
    async fn ways(
        &self,
        parts: Vec<String>,
        place: Place,
    ) -> Result<HashMap<String, i64>, StoreError> {
        let (mut sql, table) = (Builder::default(), place.table());
        let mut text =
            format!("select -1 as part, coalesce(max(id), 0) as place from {}", place.numbers());
        for (n, part) in parts.iter().enumerate() {
            let part = sql.mark(quoted(part));
            let met = format!(
                " union all select {n}, (select rowid from {table} where {table} match {part} \
                 order by rowid desc limit 1 offset {TIMES_MET})"
            );
            text.push_str(&met);
        }
        let rows: Vec<(i64, Option<i64>)> = self.database.all(text, sql.cells).await?;
        let last = rows.iter().find(|(n, _)| *n < 0).and_then(|(_, place)| *place).unwrap_or(0);
        let met = rows.into_iter().filter_map(|(n, place)| {
            let part = parts.get(usize::try_from(n).ok()?)?;
            Some((part.clone(), place.map_or(i64::MAX, |place| last - place)))
        });
        Ok(met.collect())
    }

    /// Whether this statement gives `max` rows or fewer, without a look at more.
    async fn are_few(&self, places: &str, max: i64, mut sql: Builder) -> Result<bool, StoreError> {
        let most = sql.mark(max + 1);
        let text = format!(
            "select count(*) from (select 1 as one from ({places}) as f limit {most}) as c"
        );
        let (text, cells) = sql.statement(text);
        let row: Option<(i64,)> = self.database.optional(text, cells).await?;
        Ok(row.is_some_and(|(found,)| found <= max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_taken_literally() {
        assert_eq!(like_pattern("50%_a\\"), "%50\\%\\_a\\\\%");
    }

    #[test]
    fn a_word_is_asked_for_in_the_spellings_that_people_use() {
        assert_eq!(spellings("LA-10"), ["la-10"]);
        assert_eq!(spellings("MÜLLER"), ["müller", "mÜller"]);
        assert_eq!(spellings("ÖLFÄSSER"), ["ölfässer", "ÖlfÄsser", "Ölfässer"]);
        assert_eq!(spellings("иванов"), ["иванов", "ИВАНОВ", "Иванов"]);
        // One whose capital is two letters has no other spelling.
        assert_eq!(spellings("Straße"), ["straße"]);
    }

    #[test]
    fn what_is_no_word_is_passed_over() {
        let Words(words) = Words::of(Some(" a\0b  c d e f g h "));
        assert_eq!(words, ["a", "b", "c", "d", "e", "f"]);
        assert!(Words::of(Some(" \t ")).is_empty());
        assert!(Words::of(None).is_empty());
    }

    #[test]
    fn words_are_known_by_three_characters_in_a_row() {
        assert_eq!(parts(["aäaäa", "äaä", "xy"].into_iter()), ["aäa", "äaä"]);
        assert_eq!(parts(["x".repeat(500).as_str()].into_iter()), ["xxx"]);
        let long: String = ('a'..='z').chain('A'..='Z').collect();
        assert_eq!(parts([long.as_str()].into_iter()).len(), PARTS_WEIGHED_MAX);
    }

    #[test]
    fn an_index_is_asked_for_what_is_rare_in_a_row() {
        let all = |rare: &[(&str, i64)]| -> HashMap<String, i64> {
            rare.iter().map(|(part, way)| ((*part).to_owned(), *way)).collect()
        };
        let series = all(&[
            ("ORD", 50),
            ("DER", 50),
            ("R-0", 50),
            ("-00", 50),
            ("000", 40_000),
            ("004", 45_000),
            ("042", 44_000),
        ]);
        let asked = |words: &[&str], ways| stretches(words.iter().copied(), ways);
        assert_eq!(asked(&["ORDER-00000042"], &series), ["000042"]);
        // One of the parts beside it is frequent.
        let few = all(&[("345", 50), ("456", 2)]);
        assert_eq!(asked(&["abcdef", "12345678"], &few), ["345"]);
        // What has never been met so often is rarest, wherever it stands.
        let apart = all(&[("abc", i64::MAX), ("bcd", 9), ("xyz", 9)]);
        assert_eq!(asked(&["xyz", "abcd", "abcd"], &apart), ["abc"]);
        // Of what is as rare everywhere, as many parts in a row as are asked for.
        let even = all(&[("bcd", 7), ("cde", 7), ("def", 7), ("efg", 7), ("fgh", 7), ("aaa", 7)]);
        assert_eq!(asked(&["aaaaaaaaa", "bcdefgh", "aaab"], &even), ["cdefgh", "aaaaaa", "aaa"]);
    }

    #[test]
    fn a_word_is_quoted_for_an_index() {
        assert_eq!(quoted("a\"b AND"), "\"a\"\"b AND\"");
    }

    #[test]
    fn a_word_that_is_too_short_is_not_asked_of_an_index() {
        let words = Words::of(Some("ab abc äöü"));
        assert_eq!(words.asked().collect::<Vec<_>>(), ["abc", "äöü"]);
    }
}
