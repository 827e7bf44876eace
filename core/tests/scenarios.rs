//! The rules of each element: a drawn model, a script of requests, and the trace that must follow.
//!
//! A scenario is one text. A line that begins with `>` asks for something; the lines below it say
//! what happens, in words made by the harness. `pass` is an element that is entered and left at once.

mod elements;
mod examples;
mod harness;
