"""The question how satisfied the shopper was, in a real browser."""

from playwright.sync_api import expect

RATINGS = ["Very bad", "Bad", "Okay", "Good", "Very good"]


def test_a_shopper_says_thanks_and_presses_a_rating(chat):
    chat.say("understood track_order", answer="understood track_order")
    chat.say("understood thanks", answer="understood thanks")
    question = chat.log.locator(".entry.system", has_text="How satisfied were you with the help of this bot?")
    question.wait_for()
    assert question.get_by_role("button").all_inner_texts() == RATINGS
    expect(question.locator(".thumb")).to_have_count(0)
    question.get_by_role("button", name="Good", exact=True).click()
    chat.log.locator(".entry.system", has_text="Thank you, that helps us.").wait_for()
    expect(question.get_by_role("button", name="Bad", exact=True)).to_be_disabled()
    expect(chat.mine("Good")).to_have_count(1)
