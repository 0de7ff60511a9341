//! Parses documents (<https://spec.graphql.org/draft/#sec-Document-Syntax>).
//!
//! The parser accepts only executable documents: operations and fragments. Each function parses the construct in its name,
//! and returns the first error.

use super::{
    error::{DocumentError, quoted},
    lexer::{Kind, Lexer, Token},
    strings,
    tree::{
        Argument, Directive, Document, Field, Fragment, Literal, Name, Operation, OperationKind, Selection, Value, Variable,
    },
    types::TypeRef,
};

/// Maximum nesting of selections, values and types. The parser is recursive, and this depth needs only a part of the stack.
const MAX_NESTING: usize = 256;

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The next token.
    token: Token<'t>,
    nesting: usize,
}

type Parsed<T> = Result<T, DocumentError>;

/// Parses a document.
///
/// # Errors
/// The first syntax error, with what was expected and what was found.
pub fn parse(text: &str) -> Result<Document<'_>, DocumentError> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next_token()?;
    let mut parser = Parser { lexer, token, nesting: 0 };
    let mut document = Document::default();
    loop {
        parser.definition(&mut document)?;
        if parser.token.kind == Kind::End {
            return Ok(document);
        }
    }
}

impl<'t> Parser<'t> {
    fn definition(&mut self, document: &mut Document<'t>) -> Parsed<()> {
        let start = self.token;
        let has_description = matches!(start.kind, Kind::Text | Kind::Block);
        if has_description {
            strings::value(&start)?;
            self.advance()?;
        }
        match (self.token.kind, self.token.text) {
            (Kind::Punctuator("{"), _) if has_description => {
                let message = "Syntax Error: Unexpected description, descriptions are supported only on definitions.";
                Err(DocumentError::at(start.position, message))
            }
            (Kind::Punctuator("{"), _) | (Kind::Name, "query" | "mutation" | "subscription") => {
                let operation = self.operation()?;
                document.operations.push(operation);
                Ok(())
            }
            (Kind::Name, "fragment") => {
                let fragment = self.fragment()?;
                document.fragments.push(fragment);
                Ok(())
            }
            _ => Err(self.unexpected()),
        }
    }

    fn operation(&mut self) -> Parsed<Operation<'t>> {
        let position = self.token.position;
        let kind = match self.token.text {
            "mutation" => OperationKind::Mutation,
            "subscription" => OperationKind::Subscription,
            _ => OperationKind::Query,
        };
        if self.token.kind == Kind::Punctuator("{") {
            let selections = self.selection_set()?;
            let (variables, directives) = (Vec::new(), Vec::new());
            return Ok(Operation { kind, name: None, position, variables, directives, selections });
        }
        self.advance()?;
        let name = if self.token.kind == Kind::Name { Some(self.name()?) } else { None };
        let variables = self.optional_list("(", ")", Self::variable)?;
        let directives = self.directives(true)?;
        let selections = self.selection_set()?;
        Ok(Operation { kind, name, position, variables, directives, selections })
    }

    fn variable(&mut self) -> Parsed<Variable<'t>> {
        // A description, which is ignored.
        if matches!(self.token.kind, Kind::Text | Kind::Block) {
            strings::value(&self.token)?;
            self.advance()?;
        }
        let position = self.token.position;
        self.expect("$")?;
        let name = self.name()?;
        self.expect(":")?;
        let ty_position = self.token.position;
        let ty = self.type_ref()?;
        let default = if self.skip_optional("=")? { Some(self.value(false)?) } else { None };
        let directives = self.directives(false)?;
        Ok(Variable { position, name, ty, ty_position, default, directives })
    }

    fn fragment(&mut self) -> Parsed<Fragment<'t>> {
        self.advance()?;
        if self.token.text == "on" {
            return Err(self.unexpected());
        }
        let name = self.name()?;
        self.keyword("on")?;
        let on = self.name()?;
        let directives = self.directives(true)?;
        let selections = self.selection_set()?;
        Ok(Fragment { name, on, directives, selections })
    }

    fn selection_set(&mut self) -> Parsed<Vec<Selection<'t>>> {
        self.list("{", "}", Self::selection)
    }

    fn selection(&mut self) -> Parsed<Selection<'t>> {
        let position = self.token.position;
        if !self.skip_optional("...")? {
            return self.field().map(Selection::Field);
        }
        if self.token.kind == Kind::Name && self.token.text != "on" {
            let name = self.name()?;
            return Ok(Selection::Spread { name, directives: self.directives(true)? });
        }
        let on = if self.token.kind == Kind::Name {
            self.advance()?;
            Some(self.name()?)
        } else {
            None
        };
        let directives = self.directives(true)?;
        Ok(Selection::Inline { position, on, directives, selections: self.selection_set()? })
    }

    fn field(&mut self) -> Parsed<Field<'t>> {
        let first = self.name()?;
        let (alias, name) = if self.skip_optional(":")? { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.optional_list("(", ")", |parser| parser.argument(true))?;
        let directives = self.directives(true)?;
        let selections = if self.token.kind == Kind::Punctuator("{") { self.selection_set()? } else { Vec::new() };
        Ok(Field { alias, name, arguments, directives, selections })
    }

    fn argument(&mut self, variables: bool) -> Parsed<Argument<'t>> {
        let name = self.name()?;
        self.expect(":")?;
        Ok(Argument { name, value: self.value(variables)? })
    }

    /// Parses directives. `variables` is true if they may contain variables.
    fn directives(&mut self, variables: bool) -> Parsed<Vec<Directive<'t>>> {
        let mut directives = Vec::new();
        loop {
            let position = self.token.position;
            if !self.skip_optional("@")? {
                return Ok(directives);
            }
            let name = self.name()?;
            let arguments = self.optional_list("(", ")", |parser| parser.argument(variables))?;
            directives.push(Directive { position, name, arguments });
        }
    }

    /// Parses a value. `variables` is true if it may contain variables.
    fn value(&mut self, variables: bool) -> Parsed<Value<'t>> {
        let token = self.token;
        let literal = match (token.kind, token.text) {
            (Kind::Punctuator("["), _) => Literal::List(self.items("]", |parser| parser.value(variables))?),
            (Kind::Punctuator("{"), _) => Literal::Object(self.items("}", |parser| parser.argument(variables))?),
            (Kind::Punctuator("$"), _) => {
                self.advance()?;
                let name = self.name()?;
                if !variables {
                    let message = format!("Syntax Error: Unexpected variable {} in constant value.", quoted(name.text));
                    return Err(DocumentError::at(token.position, message));
                }
                Literal::Variable(name.text)
            }
            (kind, text) => {
                let literal = match (kind, text) {
                    (Kind::Int, text) => Literal::Int(text),
                    (Kind::Float, text) => Literal::Float(text),
                    (Kind::Text | Kind::Block, _) => Literal::Text(strings::value(&token)?),
                    (Kind::Name, "true") => Literal::Boolean(true),
                    (Kind::Name, "false") => Literal::Boolean(false),
                    (Kind::Name, "null") => Literal::Null,
                    (Kind::Name, name) => Literal::Enum(name),
                    _ => return Err(self.unexpected()),
                };
                self.advance()?;
                literal
            }
        };
        Ok(Value { position: token.position, literal })
    }

    /// Skips the next token, and parses any number of items up to a punctuator.
    fn items<T>(&mut self, close: &'static str, mut read: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.nested(|parser| {
            parser.advance()?;
            let mut items = Vec::new();
            while !parser.skip_optional(close)? {
                items.push(read(parser)?);
            }
            Ok(items)
        })
    }

    fn type_ref(&mut self) -> Parsed<TypeRef> {
        let ty = if self.skip_optional("[")? {
            let inner = self.nested(Self::type_ref)?;
            self.expect("]")?;
            TypeRef::List(Box::new(inner))
        } else {
            TypeRef::Named(self.name()?.text.into())
        };
        Ok(if self.skip_optional("!")? { TypeRef::NonNull(Box::new(ty)) } else { ty })
    }

    /// Parses one or more items between two punctuators. Returns no items if the next token is not the first punctuator.
    fn optional_list<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if self.token.kind == Kind::Punctuator(open) { self.list(open, close, read) } else { Ok(Vec::new()) }
    }

    /// Parses one or more items between two punctuators.
    fn list<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        mut read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(open)?;
        self.nested(|parser| {
            let mut items = vec![read(parser)?];
            while !parser.skip_optional(close)? {
                items.push(read(parser)?);
            }
            Ok(items)
        })
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == MAX_NESTING {
            return Err(DocumentError::at(
                self.token.position,
                format!("Syntax Error: More than {MAX_NESTING} levels of nesting."),
            ));
        }
        self.nesting += 1;
        let parsed = read(self);
        self.nesting -= 1;
        parsed
    }

    fn name(&mut self) -> Parsed<Name<'t>> {
        let Token { kind: Kind::Name, text, position } = self.token else { return Err(self.expected("Name")) };
        self.advance()?;
        Ok(Name { text, position })
    }

    fn keyword(&mut self, word: &str) -> Parsed<()> {
        if self.token.kind != Kind::Name || self.token.text != word {
            return Err(self.expected(&format!("\"{word}\"")));
        }
        self.advance()
    }

    fn expect(&mut self, punctuator: &'static str) -> Parsed<()> {
        if self.skip_optional(punctuator)? { Ok(()) } else { Err(self.expected(&format!("\"{punctuator}\""))) }
    }

    /// Consumes a punctuator if it is the next token, and reports whether it was.
    fn skip_optional(&mut self, punctuator: &'static str) -> Parsed<bool> {
        let is_next = self.token.kind == Kind::Punctuator(punctuator);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn advance(&mut self) -> Parsed<()> {
        self.token = self.lexer.next_token()?;
        Ok(())
    }

    fn expected(&self, what: &str) -> DocumentError {
        self.error(&format!("Expected {what}, found {}.", self.token.described()))
    }

    fn unexpected(&self) -> DocumentError {
        self.error(&format!("Unexpected {}.", self.token.described()))
    }

    fn error(&self, sentence: &str) -> DocumentError {
        DocumentError::at(self.token.position, format!("Syntax Error: {sentence}"))
    }
}
