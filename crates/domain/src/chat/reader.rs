//! The events of an answer, out of the pieces in which the network delivers them.

/// Gathers octets into the `data` of whole events. The server sends each on one line, so that a line is all there is to
/// know of the format (`text/event-stream`).
#[derive(Debug, Default)]
pub struct EventReader {
    rest: Vec<u8>,
}

impl EventReader {
    /// Takes what came; the events that are whole with it. A character may be cut in two between pieces, never
    /// between lines.
    pub fn push(&mut self, piece: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(piece);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return Vec::new();
        };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        String::from_utf8_lossy(&whole)
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_being_cut_anywhere() {
        let stream = ": hello\n\ndata: {\"text\":\"naïve 👋\"}\n\ndata: 2\n\ndata: cut";
        let wanted = vec!["{\"text\":\"naïve 👋\"}".to_owned(), "2".to_owned()];
        for size in 1..stream.len() {
            let mut reader = EventReader::default();
            let got: Vec<String> = stream
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| reader.push(piece))
                .collect();
            assert_eq!(got, wanted, "in pieces of {size}");
        }
    }
}
