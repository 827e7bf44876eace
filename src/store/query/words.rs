//! Words that a list is searched for: each must occur somewhere in a text of the row, whatever its case.
//!
//! An index knows in which business keys and summaries any three characters stand. Where a word is found
//! in few places, these are gathered and looked at; where in many, a list meets them on its way. Never
//! decides what a list shows: what is gathered is more than what is meant, and each row is looked at.

use super::Builder;
use crate::store::{Store, StoreError};

/// Words at most; further ones are ignored.
const WORDS_MAX: usize = 6;
/// Characters that an index knows the places of.
const PART: usize = 3;
/// Parts of which the rarest are looked for, at most.
const PARTS_WEIGHED_MAX: usize = 32;
/// Parts that an index is asked for together; the others are looked for in what it finds.
const PARTS_ASKED_MAX: usize = 3;
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

/// What an index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// SQLite: the rarest parts, wherever they stand.
    Parts(String),
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
        Search::Parts(parts) => {
            let parts = sql.mark(parts.as_str());
            match place {
                Place::Keys => format!(
                    "select rowid as id from instance_words where instance_words match {parts}"
                ),
                Place::Summaries => format!(
                    "select s.instance, s.element from task_words w cross join searched_tasks s \
                     where w.task_words match {parts} and s.id = w.rowid"
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

    /// What the index of a place is asked for to find these words.
    async fn search<'w>(
        &self,
        words: impl Iterator<Item = &'w str>,
        place: Place,
    ) -> Result<Search, StoreError> {
        if self.database.is_postgres() {
            return Ok(Search::Words(words.map(str::to_owned).collect()));
        }
        let parts = self.rarest(parts(words), place).await?;
        Ok(Search::Parts(parts.join(" AND ")))
    }

    /// The rarest parts, as SQLite is asked for them. How rare one is, is told by how far back one has to
    /// go to meet it so often: to count each would take as long as there is of it.
    async fn rarest(&self, parts: Vec<String>, place: Place) -> Result<Vec<String>, StoreError> {
        let parts: Vec<String> =
            parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
        let (mut sql, table) = (Builder::default(), place.table());
        let mut text =
            format!("select -1 as part, coalesce(max(id), 0) as place from {}", place.numbers());
        for (n, part) in parts.iter().enumerate() {
            let part = sql.mark(part.as_str());
            let met = format!(
                " union all select {n}, (select rowid from {table} where {table} match {part} \
                 order by rowid desc limit 1 offset {TIMES_MET})"
            );
            text.push_str(&met);
        }
        let rows: Vec<(i64, Option<i64>)> = self.database.all(text, sql.cells).await?;
        let last = rows.iter().find(|(n, _)| *n < 0).and_then(|(_, place)| *place);
        let mut ways: Vec<(i64, &String)> = rows
            .iter()
            .filter_map(|(n, place)| {
                let part = parts.get(usize::try_from(*n).ok()?)?;
                Some((place.map_or(i64::MAX, |place| last.unwrap_or(0) - place), part))
            })
            .collect();
        ways.sort_by_key(|(way, _)| std::cmp::Reverse(*way));
        let shortest = ways.first().map_or(0, |(way, _)| way / TIMES_AS_FREQUENT_MAX);
        let rarest = ways.into_iter().take_while(|(way, _)| *way >= shortest);
        Ok(rarest.take(PARTS_ASKED_MAX).map(|(_, part)| part.clone()).collect())
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
    fn a_word_that_is_too_short_is_not_asked_of_an_index() {
        let words = Words::of(Some("ab abc äöü"));
        assert_eq!(words.asked().collect::<Vec<_>>(), ["abc", "äöü"]);
    }
}
