//! The bodies of the fuzz targets. Each takes any bytes and panics if a promise is
//! broken; the corpora are also replayed by unit tests.

mod draw;
mod ingest;
mod playback;

pub use ingest::fuzz_ingest;
pub use playback::fuzz_playback;

#[cfg(test)]
mod tests {
    use super::{fuzz_ingest, fuzz_playback};

    #[allow(clippy::disallowed_methods, reason = "a test reads its data files")]
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let files = std::fs::read_dir(folder.join(target)).expect("the corpus is in the tree");
        let paths = files.map(|file| file.expect("a readable folder").path());
        let inputs: Vec<_> = paths
            .map(|path| std::fs::read(path).expect("a readable file"))
            .collect();
        assert!(inputs.len() > 10, "the corpus of {target} is lost");
        inputs
    }

    #[test]
    fn corpus_of_ingest() {
        corpus("kvs_ingest").iter().for_each(|d| fuzz_ingest(d));
    }

    #[test]
    fn corpus_of_playback() {
        corpus("kvs_playback").iter().for_each(|d| fuzz_playback(d));
    }
}
