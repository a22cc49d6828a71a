//! The process's memory, as Linux tells it; nothing elsewhere.

fn status(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line
        .trim_start_matches(':')
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some(kib / 1024.0)
}

/// What is resident now, in MiB.
pub fn resident_mb() -> Option<f64> {
    status("VmRSS")
}

/// The most that was resident since [`reset_peak`], in MiB.
pub fn peak_mb() -> Option<f64> {
    status("VmHWM")
}

/// Lets the peak begin anew (proc(5), `clear_refs`, value 5).
pub fn reset_peak() {
    // Where it is not allowed the peak is the process's own, which only makes the figure larger.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
