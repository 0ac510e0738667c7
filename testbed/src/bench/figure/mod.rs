//! Figures as SVG: what is drawn is chosen by `choose`, how is the business of each kind.
//!
//! Colours of ink and paper are few and fixed, so that one style sheet turns them round for readers in the
//! dark. Every figure has a sentence under it that says what is shown.

mod bars;
mod choose;
mod heat;
mod lines;
mod paper;
mod scale;

pub use choose::figures;

use serde::Serialize;
use std::fs;
use std::io;
use std::path::Path;

/// A drawn figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Its file's name, without the ending.
    pub name: String,
    /// What is shown, in a sentence or two.
    pub caption: String,
    /// The drawing.
    #[serde(skip)]
    pub svg: String,
}

/// What is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plot {
    /// Curves.
    Lines(lines::Lines),
    /// Stacked bars.
    Bars(bars::Bars),
    /// A grid of numbers.
    Heat(heat::Heat),
}

/// A plot, with its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sketch {
    name: String,
    title: String,
    caption: String,
    plot: Plot,
}

impl Sketch {
    fn draw(self) -> Figure {
        let Self { name, title, caption, plot } = self;
        let svg = paper::draw(&title, &caption, |area| match &plot {
            Plot::Lines(lines) => lines.draw(area),
            Plot::Bars(bars) => bars.draw(area),
            Plot::Heat(heat) => heat.draw(area),
        });
        Figure { name, caption, svg }
    }
}

/// Writes figures into a directory, which is made if need be.
pub fn save(figures: &[Figure], directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let path = |figure: &Figure| directory.join(format!("{}.svg", figure.name));
    figures.iter().try_for_each(|figure| fs::write(path(figure), &figure.svg))
}
