//! Reusable parts. None of them calls the server.

pub mod busy;
pub mod copy;
pub mod crash;
pub mod dialog;
pub mod dropdown;
pub mod empty;
pub mod field;
pub mod icon;
pub mod menu;
pub mod month_spend;
pub mod notice;
pub mod number;
pub mod picker;
pub mod selectable_table;
pub mod theme;
pub mod time_ago;
pub mod toast;
pub mod usage_chart;

pub use busy::{Busy, Skeleton};
pub use copy::CopyButton;
pub use dialog::{Cancel, Dialog, use_dialog};
pub use dropdown::Dropdown;
pub use empty::EmptyState;
pub use field::Field;
pub use icon::Icon;
pub use menu::{Menu, MenuItem, MenuList};
pub use month_spend::MonthSpend;
pub use notice::{LoadFailed, NotCurrent, Notice, NoticeKind, ProblemNotice};
pub use number::{counted, thousands};
pub use selectable_table::SelectableTable;
pub use time_ago::TimeAgo;
pub use toast::{ToastRegion, Toaster, use_toaster};
pub use usage_chart::UsageChart;
