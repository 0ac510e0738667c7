//! The sheet: paper, ink, title, caption, and the dark side of each.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Where a plot goes.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing came to: only a bug can make it fail, and then the figure says so.
pub(super) type Drawn = Result<(), Box<dyn std::error::Error>>;

pub(super) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
pub(super) const FAINT: RGBColor = RGBColor(0xd0, 0xd7, 0xde);

/// Told apart by most eyes (Okabe and Ito), and readable on both papers.
pub(super) const COLOURS: [RGBColor; 10] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x8a, 0x63, 0xd2),
    RGBColor(0xb0, 0x4a, 0x4a),
    RGBColor(0x7f, 0x8c, 0x2d),
    RGBColor(0x80, 0x80, 0x80),
];

pub(super) const FONT: &str = "sans-serif";

/// Draws one sheet.
pub(super) fn draw(title: &str, caption: &str, plot: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let drawn = (|| {
        let sheet = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        sheet.fill(&PAPER)?;
        let (above, below) =
            sheet.split_vertically(SIZE.1 - lines(caption).len() as u32 * LEADING - 14);
        above.titled(title, ink(19))?;
        let (_, plotted) = above.split_vertically(34);
        plot(&plotted)?;
        for (line, number) in lines(caption).iter().zip(0..) {
            below.draw(&Text::new(line.clone(), (20, 2 + number * LEADING as i32), ink(14)))?;
        }
        sheet.present()?;
        Ok::<(), Box<dyn std::error::Error>>(())
    })();
    match drawn {
        Ok(()) => with_dark_side(&svg, title),
        Err(error) => {
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><text y=\"20\">{error}</text></svg>")
        }
    }
}

/// Returns the style of words.
pub(super) fn ink(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// Returns the same, about the middle of a point.
pub(super) fn centred(size: u32) -> TextStyle<'static> {
    ink(size).pos(Pos::new(HPos::Center, VPos::Center))
}

/// Breaks a caption into lines.
fn lines(caption: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in caption.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < LINE => {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Names the drawing for readers who do not see it, and turns paper and ink round in the dark.
fn with_dark_side(svg: &str, title: &str) -> String {
    let turned = [("#FFFFFF", "#0d1117"), ("#1F2328", "#e6edf3"), ("#D0D7DE", "#3d444d")];
    let rule = |(light, dark): (&str, &str)| {
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules: String = turned.into_iter().map(rule).collect();
    let style = format!("<style>@media(prefers-color-scheme:dark){{{rules}}}</style>");
    let head =
        format!("<title>{}</title>{style}", title.replace('&', "&amp;").replace('<', "&lt;"));
    match svg.find("<svg").and_then(|start| Some(start + svg[start..].find('>')? + 1)) {
        Some(inside) => format!("{}\n{head}{}", &svg[..inside], &svg[inside..]),
        None => svg.to_owned(),
    }
}

const SIZE: (u32, u32) = (860, 540);
const LEADING: u32 = 18;
/// Characters in a line of a caption.
const LINE: usize = 130;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_its_words_and_a_dark_side() {
        let svg = draw("savings < all", "What is shown, at length.", |_| Ok(()));
        assert!(svg.contains("savings &lt; all") && svg.contains("What is shown, at length."));
        assert!(svg.contains("prefers-color-scheme:dark"));
        assert!(
            svg.contains("fill=\"#FFFFFF\""),
            "the paper is what the style sheet turns round: {svg}"
        );
        assert!(svg.contains("fill=\"#1F2328\""), "the ink too: {svg}");
    }

    #[test]
    fn captions_are_broken_between_words() {
        let caption = "word ".repeat(60);
        let broken = lines(&caption);
        assert_eq!(broken.len(), 3, "{broken:?}");
        assert!(broken.iter().all(|line| line.len() <= LINE && !line.starts_with(' ')));
        assert_eq!(broken.join(" "), caption.trim());
    }
}
