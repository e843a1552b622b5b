//! The way from the page's load to a chart, and back, without a mouse.

use crate::{open, wait_for_points};

#[test]
fn keys_lead_from_the_load_to_a_chart_and_back() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.enter(&page, "shop.or");
    browser.wait(&page, "document.querySelectorAll('#results .result').length === 1");
    browser.press(&page, "ArrowDown");
    let active =
        "document.getElementById(document.getElementById('search').getAttribute('aria-activedescendant'))";
    assert_eq!(
        browser.evaluate(&page, &format!("{active}.querySelector('.name').textContent")),
        "shop.orders"
    );
    browser.press(&page, "Enter");
    wait_for_points(&mut browser, &page, "shop.orders");
    browser.wait(&page, &format!("{active}.getAttribute('aria-selected') === 'true'"));

    browser.press(&page, "Escape");
    assert_eq!(browser.evaluate(&page, "document.getElementById('popup').hidden"), true);
    browser.press(&page, "Escape");
    assert_eq!(browser.evaluate(&page, "document.getElementById('search').value"), "");

    // On to the application by Tab, whose fields Escape leaves.
    for _ in 0..40 {
        if browser.evaluate(&page, "document.activeElement.matches('#applications a')") == true {
            break;
        }
        browser.press(&page, "Tab");
        let outline = "(() => { const style = getComputedStyle(document.activeElement); \
                       return style.outlineStyle !== 'none' || document.activeElement.matches('input[type=radio], body'); })()";
        assert_eq!(browser.evaluate(&page, outline), true, "the focus can be seen");
    }
    browser.press(&page, "Enter");
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 0");
    browser.press(&page, "Escape");
    browser.wait(&page, "document.getElementById('application').hidden");

    browser.evaluate(&page, "document.activeElement.blur()");
    browser.press(&page, "/");
    assert_eq!(browser.evaluate(&page, "document.activeElement.id"), "search");
    assert_eq!(browser.evaluate(&page, "document.getElementById('search').value"), "");
}
