//! Pages of IAM's lists: `Marker` and `MaxItems` in, `IsTruncated` and `Marker` out.
//!
//! A marker says where the last page ended: after which key, so that what is created or
//! deleted between two pages neither repeats nor hides anything else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ops::ApiError;

/// The part of a list that a request asks for.
#[derive(Debug)]
pub struct Window {
    from: From,
    limit: usize,
}

/// Where a page begins.
#[derive(Debug, PartialEq, Eq)]
enum From {
    Start,
    /// Behind this key.
    Key(String),
    /// Behind so many items: for keys too long for a marker.
    Index(usize),
}

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// `IsTruncated`: whether more follow. Always told.
    pub is_truncated: Option<bool>,
    /// `Marker` of the next page, if more follow.
    pub marker: Option<String>,
}

impl Window {
    /// What `Marker` and `MaxItems` say; the model has checked the range of both. Without
    /// them, the first hundred.
    ///
    /// # Errors
    ///
    /// `ValidationError` for a marker that is none of ours.
    pub fn new(marker: Option<&str>, max_items: Option<i32>) -> Result<Window, ApiError> {
        let limit = max_items.and_then(|max| usize::try_from(max).ok());
        let from = match marker {
            None => From::Start,
            Some(marker) => decode(marker)
                .ok_or_else(|| ApiError::new("ValidationError", 400, "Invalid Marker."))?,
        };
        Ok(Window {
            from,
            limit: limit.unwrap_or(ITEMS_DEFAULT).max(1),
        })
    }

    /// Cuts the page out of the whole list, which is sorted by `key`: for names that is
    /// [`kvs::iam::shelf::fold`], the order of a shelf.
    pub fn of<T>(&self, items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> String) -> Page<T> {
        self.of_fitting(items, key, |_| true)
    }

    /// The same, but the page ends before the first item that does not fit: it may be
    /// shorter than was asked for, and empty although more follow.
    pub fn of_fitting<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
        mut fits: impl FnMut(&T) -> bool,
    ) -> Page<T> {
        let items = items.into_iter().enumerate().skip_while(|(index, item)| {
            let from = &self.from;
            match from {
                From::Start => false,
                From::Key(last) => key(item) <= *last,
                From::Index(count) => index < count,
            }
        });
        let (mut items, mut page) = (items.peekable(), Vec::new());
        while page.len() < self.limit
            && let Some(item) = items.next_if(|(_, item)| fits(item))
        {
            page.push(item);
        }
        let is_truncated = items.peek().is_some();
        let last = page.last().filter(|_| is_truncated);
        let marker = last.map(|(index, item)| encode(&key(item), index + 1));
        Page {
            items: page.into_iter().map(|(_, item)| item).collect(),
            is_truncated: Some(is_truncated),
            marker,
        }
    }
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, item: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(item).collect(),
            is_truncated: self.is_truncated,
            marker: self.marker,
        }
    }
}

fn encode(key: &str, index: usize) -> String {
    let text = match key.len() <= KEY_BYTES_MAX {
        true => format!("k{key}"),
        false => format!("n{index}"),
    };
    URL_SAFE_NO_PAD.encode(text)
}

fn decode(marker: &str) -> Option<From> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    match text.split_at_checked(1)? {
        ("k", key) => Some(From::Key(key.to_owned())),
        ("n", index) => index.parse().ok().map(From::Index),
        _ => None,
    }
}

/// `MaxItems` of a request without it.
const ITEMS_DEFAULT: usize = 100;

/// Longest key in a marker, bytes: the model allows markers of 320 characters.
const KEY_BYTES_MAX: usize = 238;

#[cfg(test)]
mod tests {
    use super::Window;

    fn walk(list: &[String], max: i32) -> Vec<Vec<String>> {
        let (mut pages, mut marker) = (Vec::new(), None::<String>);
        loop {
            let window = Window::new(marker.as_deref(), Some(max)).unwrap();
            let page = window.of(list.iter().cloned(), String::clone);
            assert_eq!(page.is_truncated, Some(page.marker.is_some()));
            assert!(page.marker.iter().all(|marker| marker.len() <= 320));
            pages.push(page.items);
            match page.marker {
                Some(next) => marker = Some(next),
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_make_the_list() {
        let short: Vec<_> = (0..7).map(|n| format!("user{n}")).collect();
        let long: Vec<_> = (0..7).map(|n| "é".repeat(128) + &n.to_string()).collect();
        for list in [short, long] {
            let pages = walk(&list, 3);
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
            assert_eq!(pages.concat(), list);
            assert_eq!(walk(&list, 7), std::slice::from_ref(&list));
        }
        assert_eq!(walk(&[], 1), [Vec::<String>::new()]);
    }

    #[test]
    fn a_hundred_items_are_a_page() {
        let page = Window::new(None, None).unwrap().of(0..101, i32::to_string);
        assert_eq!((page.items.len(), page.is_truncated), (100, Some(true)));
    }

    #[test]
    fn a_page_ends_before_what_does_not_fit() {
        let walk = |marker: Option<&str>, room: u32| {
            let window = Window::new(marker, Some(5)).unwrap();
            let mut left = room;
            let fits = |item: &u32| {
                let rest = left.checked_sub(*item);
                left = rest.unwrap_or(left);
                rest.is_some()
            };
            window.of_fitting([1, 2, 3, 9], u32::to_string, fits)
        };
        let page = walk(None, 4);
        assert_eq!((page.items, page.is_truncated), (vec![1, 2], Some(true)));
        let page = walk(page.marker.as_deref(), 4);
        assert_eq!((page.items, page.is_truncated), (vec![3], Some(true)));
        let page = walk(page.marker.as_deref(), 4);
        assert_eq!((page.items.len(), page.is_truncated), (0, Some(true)));
    }

    #[test]
    fn what_comes_and_goes_between_pages_moves_nothing() {
        let window = Window::new(None, Some(2)).unwrap();
        let page = window.of(["a", "c", "e", "g"], |key| (*key).to_owned());
        let next = Window::new(page.marker.as_deref(), Some(2)).unwrap();
        let page = next.of(["b", "d", "e", "g"], |key| (*key).to_owned());
        assert_eq!(page.items, ["d", "e"]);
    }

    #[test]
    fn markers_of_others_are_refused() {
        for marker in ["", "!", "AAAA", "bjE_", "eGFi", "bi0x"] {
            let error = Window::new(Some(marker), None).unwrap_err();
            assert_eq!((error.code, error.status), ("ValidationError", 400));
        }
    }
}
