//! The parts of documents that a run writes: between `<!-- NAME -->` and `<!-- end -->`.

const END: &str = "<!-- end -->";

/// The document with new content in its section; `None` if it has none of this name.
pub fn replaced(document: &str, name: &str, content: &str) -> Option<String> {
    let begin = format!("<!-- {name} -->\n");
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}{content}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_section_of_this_name_is_replaced() {
        let document = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\nother\n<!-- end -->\nc\n";
        let expected = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\nnew\n<!-- end -->\nc\n";
        assert_eq!(replaced(document, "y", "new\n").as_deref(), Some(expected));
        assert_eq!(replaced(document, "z", "new\n"), None);
    }
}
