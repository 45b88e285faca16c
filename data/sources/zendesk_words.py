"""Zendesk's words: channels, as the API and as the exports of views write them."""

from __future__ import annotations

CHANNELS = {
    **dict.fromkeys(("email", "mail", "closed ticket", "closed_ticket"), "email"),
    **dict.fromkeys(
        ("web", "web form", "web_form", "web widget", "web_widget", "help_center", "help center post", "forum", "topic",
         "feedback tab", "dropbox", "mobile sdk", "mobile_sdk", "mobile", "automatic_solution_suggestions"),
        "web_form",
    ),
    **dict.fromkeys(
        ("chat", "messaging", "native messaging", "native_messaging", "line", "wechat", "telegram"), "chat"
    ),
    **dict.fromkeys(
        ("voice", "phone", "phone call", "phone call (incoming)", "phone call (outgoing)", "phone_call_inbound",
         "phone_call_outbound", "voicemail", "cti voice", "api_phone_call_inbound", "api_phone_call_outbound",
         "api_voicemail"),
        "phone",
    ),
    **dict.fromkeys(
        ("facebook", "facebook post", "facebook_post", "facebook message", "facebook private message",
         "facebook_message", "messenger", "facebook messenger"),
        "facebook",
    ),
    **dict.fromkeys(
        ("twitter", "twitter dm", "twitter_dm", "twitter direct message", "twitter like", "twitter_like",
         "twitter favorite", "twitter_favorite", "x corp", "x corp dm", "x"),
        "x_twitter",
    ),
    **dict.fromkeys(("instagram", "instagram_dm", "instagram direct"), "instagram"),
    "whatsapp": "whatsapp",
    **dict.fromkeys(("sms", "text", "text message", "text_message"), "sms"),
    "*": "other",
}  # fmt: skip
