//! From tokens to a tree, with every name resolved.
//!
//! FEEL names may hold spaces and signs, so that `a-b` is one name where `a-b` is in scope and a
//! subtraction elsewhere: the longest name in scope wins. Two words side by side that could not
//! be an expression otherwise are one name, too.
//!
//! Never nests deeper than a bound, and never panics on any text.

mod expression;
mod keywords;
mod names;
mod operand;
mod scopes;
mod types;

use std::sync::Arc;

use self::scopes::Scopes;
use super::SyntaxError;
use super::ast::{Comparison, DEPTH_MAX, Kind, Node};
use super::lex::{self, Token, TokenKind};
use super::names::{Names, SpecialNames, SplitName};
use super::types::Type;

/// The longest expression, in bytes.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// The deepest nesting of brackets and operands.
const NESTING_MAX: u16 = 100;

/// Parses a whole text as one expression; gives the count of slots it needs, too.
pub(super) fn parse_expression(text: &str, names: &Names) -> Result<(Node, u16), SyntaxError> {
    let mut parser = Parser::new(text, names)?;
    if parser.kind() == TokenKind::End {
        return Err(parser.error("an expression is expected"));
    }
    let root = parser.expression()?;
    parser.finish(root)
}

/// Parses a whole text as unary tests on `?`.
pub(super) fn parse_unary_tests(text: &str, names: &Names) -> Result<(Node, u16), SyntaxError> {
    let mut parser = Parser::new(text, names)?;
    if parser.is("not") && parser.is_at(1, "(") {
        let negation = parser.negated_tests();
        if parser.kind() == TokenKind::End {
            return parser.finish(negation?);
        }
        // `not(…) or …` is an expression.
        parser = Parser::new(text, names)?;
    }
    let tests = if parser.is("-") && parser.kind_at(1) == TokenKind::End {
        parser.next();
        Vec::new()
    } else {
        parser.tests()?
    };
    let root = parser.unary_tests(false, tests)?;
    parser.finish(root)
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    nesting: u16,
    special: SpecialNames,
    /// Whether each token is a bracket that another one closes; found out when it is asked for.
    closed_brackets: Option<Vec<bool>>,
    /// Types by the pieces of their names.
    types: Vec<(Vec<Box<str>>, Type)>,
    scopes: Scopes,
    /// How often `?` was read, to tell conditions from values in unary tests.
    inputs_read: usize,
    /// Whether the upper end of a range is read, which a bracket may end.
    in_range_end: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, names: &Names) -> Result<Self, SyntaxError> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("the expression is longer than {TEXT_BYTES_MAX} bytes");
            return Err(SyntaxError::at(text, 0, message));
        }
        let mut parser = Self {
            text,
            tokens: lex::tokens(text)?,
            at: 0,
            nesting: 0,
            special: SpecialNames::default(),
            closed_brackets: None,
            types: names
                .types()
                .filter_map(|(name, of)| Some((SplitName::of(name)?.pieces, of.clone())))
                .collect(),
            scopes: Scopes::new(),
            inputs_read: 0,
            in_range_end: false,
        };
        for name in names.iter() {
            parser.learn(name);
        }
        Ok(parser)
    }

    /// Remembers a special name; plain words need not be remembered.
    fn learn(&mut self, name: &Arc<str>) {
        if let Some(split) = SplitName::of(name).filter(|split| split.pieces.len() > 1) {
            self.special.learn(split);
        }
    }

    fn finish(self, root: Node) -> Result<(Node, u16), SyntaxError> {
        if self.kind() != TokenKind::End {
            return Err(self.unexpected("the end of the expression"));
        }
        Ok((root, self.scopes.root_frame_size()))
    }

    // --- tokens

    fn kind(&self) -> TokenKind {
        self.kind_at(0)
    }

    fn kind_at(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.at + ahead).map_or(TokenKind::End, |token| token.kind)
    }

    fn token(&self) -> Token {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn piece(&self) -> &'t str {
        self.piece_at(0)
    }

    fn piece_at(&self, ahead: usize) -> &'t str {
        self.tokens.get(self.at + ahead).map_or("", |token| &self.text[token.start..token.end])
    }

    /// Whether the token is this word or sign.
    fn is(&self, piece: &str) -> bool {
        self.is_at(0, piece)
    }

    fn is_at(&self, ahead: usize, piece: &str) -> bool {
        self.piece_at(ahead) == piece
    }

    /// Whether the token is a word or name.
    fn is_word(&self) -> bool {
        matches!(self.kind(), TokenKind::Word | TokenKind::Name)
    }

    fn next(&mut self) -> Token {
        let token = self.token();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn take(&mut self, piece: &str) -> bool {
        let found = self.is(piece);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, piece: &str) -> Result<Token, SyntaxError> {
        if self.is(piece) { Ok(self.next()) } else { Err(self.unexpected(&format!("'{piece}'"))) }
    }

    fn start(&self) -> usize {
        self.token().start
    }

    // --- nodes and errors

    fn node(&self, kind: Kind, start: usize) -> Result<Node, SyntaxError> {
        let node = Node::new(kind, start);
        if node.depth > DEPTH_MAX {
            return Err(SyntaxError::at(self.text, start, "the expression nests too deep")
                .hint(format!("at most {DEPTH_MAX} levels are read")));
        }
        Ok(node)
    }

    /// Reads something nested, within the bound on nesting.
    fn nested<R>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<R, SyntaxError>,
    ) -> Result<R, SyntaxError> {
        if self.nesting >= NESTING_MAX {
            return Err(self
                .error("the expression nests too deep")
                .hint(format!("at most {NESTING_MAX} levels are read")));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::at(self.text, self.start(), message)
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = if self.kind() == TokenKind::End {
            "the expression ends".to_owned()
        } else {
            let shown: String = self.piece().chars().take(40).collect();
            format!("found '{shown}'")
        };
        let error = self.error(format!("{found} where {expected} is expected"));
        match self.piece() {
            "&&" | "&" => error.hint("write 'and'"),
            "||" | "|" => error.hint("write 'or'"),
            "!" => error.hint("write 'not(...)'"),
            "'" => error.hint("texts stand in double quotes"),
            _ => error,
        }
    }

    fn negated_tests(&mut self) -> Result<Node, SyntaxError> {
        self.expect("not")?;
        self.expect("(")?;
        let tests = self.tests()?;
        self.expect(")")?;
        self.unary_tests(true, tests)
    }

    fn unary_tests(&mut self, negated: bool, tests: Vec<Node>) -> Result<Node, SyntaxError> {
        let input = self.node(Kind::Global("?".into()), 0)?.into();
        self.node(Kind::UnaryTests { input, negated, tests: tests.into() }, 0)
    }

    /// Comma-separated unary tests.
    fn tests(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let mut tests = vec![self.test()?];
        while self.take(",") {
            tests.push(self.test()?);
        }
        Ok(tests)
    }

    /// One unary test: a comparison with `?` left out, a range, a value, or a condition on `?`.
    fn test(&mut self) -> Result<Node, SyntaxError> {
        let start = self.start();
        if self.is("!=") {
            self.next();
            let value = self.operand_of_comparison()?;
            return self.node(Kind::Unequal(value.into()), start);
        }
        let inputs_before = self.inputs_read;
        let test = self.expression()?;
        if self.inputs_read > inputs_before {
            return self.node(Kind::Condition(test.into()), start);
        }
        Ok(test)
    }
}

fn comparison(piece: &str) -> Option<Comparison> {
    Some(match piece {
        "=" | "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
