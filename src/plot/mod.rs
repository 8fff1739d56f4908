//! `slepian plot`: a result as a picture, in a file or in characters. What is drawn follows from what the result holds and
//! from the flags (`view`); it is read piece by piece and averaged or thinned out at once (`read`), so that memory
//! follows from the picture and not from the result. A picture is plain data (`figure`) until it is drawn.

mod axis;
mod bins;
mod characters;
mod colours;
mod compose;
mod cone;
mod coordinate;
mod draw_lines;
mod draw_maps;
mod drawing;
mod figure;
mod find;
mod font;
mod labels;
mod layout;
mod numerals;
mod page;
mod quantity;
mod read;
mod save;
mod shade;
mod source;
mod terminal;
mod times;
mod view;
mod words;

use crate::cli::PlotArgs;
use crate::error::Result;
use crate::logging;

/// Draws the result that `args` names.
///
/// # Errors
/// Flags that name nothing, a result that is not finished or holds no spectra, a picture that is there already or cannot
/// be written.
pub fn plot(args: &PlotArgs) -> Result<()> {
    logging::start(false, false);
    let picture = save::Picture::from_args(args)?;
    let source = source::Source::open(&find::result(&args.path)?)?;
    let view = view::View::choose(args, &source)?;
    let values = read::read(&source, &view)?;
    let figure = compose::figure(args, &source, &view, values)?;
    match picture {
        Some(picture) => picture.save(&figure),
        None => terminal::show(&figure),
    }
}
