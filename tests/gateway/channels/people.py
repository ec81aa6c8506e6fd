"""People on each messenger: their requests as the provider sends them, and what the provider was asked to show them."""

from __future__ import annotations

import hashlib
import hmac
import html
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from tests.gateway.channels.mail_provider import MailProvider
from tests.gateway.channels.provider import Call, Provider, web

_numbers = itertools.count(int(time.time()))


def number() -> int:
    """Another one at each call."""
    return next(_numbers)


@dataclass
class Shown:
    """A bubble as the person sees it: text, and titles and tokens of what can be pressed."""

    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Request:
    body: bytes
    headers: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)


class Person:
    """``settings`` set the channel up; ``usual`` is how its provider answers a call."""

    channel: ClassVar[str]
    settings: ClassVar[dict[str, str]]
    url_setting: ClassVar[str]
    signs_the_body: ClassVar[bool] = True
    captions: ClassVar[bool] = True  # whether words may go with a photo
    provider_kind: ClassVar[type[Provider]] = Provider

    def __init__(self, gateway: Any, provider: Provider) -> None:
        self.gateway, self.provider, self.id = gateway, provider, str(number())

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        return {}

    @classmethod
    def urls(cls, provider: Any) -> dict[str, str]:
        """The settings with the provider's local addresses."""
        return provider.urls if isinstance(provider, MailProvider) else {cls.url_setting: provider.url}

    def message(self, text: str) -> Request:
        raise NotImplementedError

    def press(self, token: str) -> Request:
        raise NotImplementedError

    def photo(self, content: bytes, text: str | None = None) -> Request:
        """A picture, perhaps with words; the provider has the file."""
        raise NotImplementedError

    def voice(self) -> Request:
        """What is neither text nor photo."""
        raise NotImplementedError

    def calls(self, calls: list[Call]) -> list[Call]:
        """Those that are about this person."""
        raise NotImplementedError

    def shown(self, call: Call) -> Shown:
        raise NotImplementedError

    def signed(self, body: Any, key: str | None = None) -> Request:
        raise NotImplementedError

    @property
    def got(self) -> list[Shown]:
        return [self.shown(call) for call in self.calls(self.provider.calls)]

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.got]

    @property
    def buttons(self) -> dict[str, str]:
        """Everything that can be pressed: token by title."""
        return {title: token for shown in self.got for title, token in shown.buttons}

    def post(self, request: Request) -> httpx.Response:
        address = f"{self.gateway.url}/v1/channels/{self.channel}"
        return web().post(address, content=request.body, headers=request.headers, params=request.query)

    def put(self, content: bytes) -> str:
        """A file at the provider; returns its address."""
        name = f"/files/{number()}.jpg"
        self.provider.files[name] = content
        return self.provider.url + name

    def deliver(self, request: Request) -> None:
        """As a provider does: again, until it is taken."""
        for _ in range(5):
            if self.post(request).status_code == 200:
                return
        raise AssertionError("the gateway takes it not")

    def write(self, text: str) -> Request:
        request = self.message(text)
        assert self.post(request).status_code == 200
        return request


class OnTelegram(Person):
    channel, url_setting, signs_the_body = "telegram", "telegram_url", False
    settings: ClassVar = {"telegram_token": "4711:token", "telegram_webhook_secret": "telegram-webhook-secret"}

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        if call.path.endswith("/getFile"):
            return {"ok": True, "result": {"file_id": "x", "file_path": f"photos/{call.body['file_id']}.jpg"}}
        return {"ok": True, "result": {"message_id": 1}}

    def update(self, **message: Any) -> dict[str, Any]:
        who = {"id": int(self.id), "is_bot": False, "first_name": "Ana", "language_code": "en"}
        chat = {"id": int(self.id), "first_name": "Ana", "type": "private"}
        content = {"message_id": number(), "from": who, "chat": chat, "date": 1764250000, **message}
        return {"update_id": number(), "message": content}

    def message(self, text: str) -> Request:
        return self.signed(self.update(text=text))

    def photo(self, content: bytes, text: str | None = None) -> Request:
        file_id = f"AgAC{number()}"
        self.provider.files[f"/file/bot{self.settings['telegram_token']}/photos/{file_id}.jpg"] = content
        sizes = [(90, 67, "small"), (1280, 960, file_id), (320, 240, "medium")]
        photo = [{"file_id": name, "file_unique_id": "u", "width": w, "height": h} for w, h, name in sizes]
        return self.signed(self.update(photo=photo, **({"caption": text} if text else {})))

    def voice(self) -> Request:
        return self.signed(self.update(voice={"file_id": "x", "duration": 3, "mime_type": "audio/ogg"}))

    def press(self, token: str) -> Request:
        shown = self.update(text="Choose")["message"]
        query = {"id": str(number()), "from": shown["from"], "message": shown, "chat_instance": "1", "data": token}
        return self.signed({"update_id": number(), "callback_query": query})

    def signed(self, body: Any, key: str | None = None) -> Request:
        secret = self.settings["telegram_webhook_secret"] if key is None else key
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
        return Request(json.dumps(body).encode(), headers)

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.body.get("chat_id") == self.id]

    def shown(self, call: Call) -> Shown:
        rows = call.body.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]
        return Shown(call.body["text"], [(button["text"], button["callback_data"]) for row in rows for button in row])


class OnMeta(Person):
    secret_setting: ClassVar[str]
    url_setting = "meta_url"

    def signed(self, body: Any, key: str | None = None) -> Request:
        content = json.dumps(body).encode()
        secret = self.settings[self.secret_setting] if key is None else key
        mac = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        return Request(content, {"X-Hub-Signature-256": f"sha256={mac}", "Content-Type": "application/json"})


class OnWhatsApp(OnMeta):
    channel, secret_setting = "whatsapp", "whatsapp_app_secret"
    settings: ClassVar = {
        "whatsapp_token": "EAA-whatsapp",
        "whatsapp_phone_number_id": "106540352242922",
        "whatsapp_app_secret": "whatsapp app secret",
        "whatsapp_verify_token": "whatsapp verify token",
    }

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        return {"messaging_product": "whatsapp", "messages": [{"id": f"wamid.{number()}"}]}

    def change(self, **value: Any) -> dict[str, Any]:
        metadata = {
            "display_phone_number": "15550783881",
            "phone_number_id": self.settings["whatsapp_phone_number_id"],
        }
        content = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        changes = [{"value": content, "field": "messages"}]
        return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}

    def event(self, kind: str, **content: Any) -> dict[str, Any]:
        message = {"from": self.id, "id": f"wamid.{number()}", "timestamp": "1764250000", "type": kind, **content}
        contacts = [{"profile": {"name": "Ana"}, "wa_id": self.id}]
        return self.change(contacts=contacts, messages=[message])

    def message(self, text: str) -> Request:
        return self.signed(self.event("text", text={"body": text}))

    def photo(self, content: bytes, text: str | None = None) -> Request:
        media_id = str(number())
        self.provider.files[f"/attachments/?mid={media_id}"] = content
        info = {
            "messaging_product": "whatsapp",
            "url": f"{self.provider.url}/attachments/?mid={media_id}",
            "id": media_id,
        }
        asked = f"/{media_id}?phone_number_id={self.settings['whatsapp_phone_number_id']}"
        self.provider.files[asked] = json.dumps(info).encode()
        image = {"mime_type": "image/jpeg", "sha256": "x", "id": media_id, **({"caption": text} if text else {})}
        return self.signed(self.event("image", image=image))

    def voice(self) -> Request:
        return self.signed(self.event("audio", audio={"mime_type": "audio/ogg", "id": "1", "voice": True}))

    def press(self, token: str) -> Request:
        reply = {"type": "button_reply", "button_reply": {"id": token, "title": "Yes"}}
        return self.signed(self.event("interactive", context={"id": "wamid.x"}, interactive=reply))

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.body.get("to") == self.id]

    def shown(self, call: Call) -> Shown:
        body = call.body
        if body["type"] != "interactive":
            return Shown(body["text"]["body"] if body["type"] == "text" else body["image"].get("caption", ""))
        content = body["interactive"]
        if content["type"] == "list":
            rows = content["action"]["sections"][0]["rows"]
            return Shown(content["body"]["text"], [(row["title"], row["id"]) for row in rows])
        replies = [button["reply"] for button in content["action"]["buttons"]]
        return Shown(content["body"]["text"], [(reply["title"], reply["id"]) for reply in replies])


class OnFacebook(OnMeta):
    channel, secret_setting = "messenger", "messenger_app_secret"
    settings: ClassVar = {
        "messenger_token": "EAA-messenger",
        "messenger_app_secret": "messenger app secret",
        "messenger_verify_token": "messenger verify token",
    }

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        return {"recipient_id": "1", "message_id": f"m_{number()}"}

    def event(self, **content: Any) -> dict[str, Any]:
        who = {"sender": {"id": self.id}, "recipient": {"id": "page-1"}, "timestamp": number()}
        return {"object": "page", "entry": [{"id": "page-1", "time": number(), "messaging": [{**who, **content}]}]}

    def said(self, **message: Any) -> dict[str, Any]:
        return self.event(message={"mid": f"m_{number()}", **message})

    def message(self, text: str) -> Request:
        return self.signed(self.said(text=text))

    def attached(self, *urls: str, **message: Any) -> Request:
        images = [{"type": "image", "payload": {"url": url}} for url in urls]
        return self.signed(self.said(attachments=images, **message))

    def photo(self, content: bytes, text: str | None = None) -> Request:
        return self.attached(self.put(content), **({"text": text} if text else {}))

    def voice(self) -> Request:
        return self.signed(self.said(attachments=[{"type": "audio", "payload": {"url": "https://x.example/1"}}]))

    def press(self, token: str) -> Request:
        return self.signed(self.event(postback={"mid": f"m_{number()}", "title": "Yes", "payload": token}))

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.body.get("recipient", {}).get("id") == self.id]

    def shown(self, call: Call) -> Shown:
        message = call.body["message"]
        replies = [(reply["title"], reply["payload"]) for reply in message.get("quick_replies", [])]
        if "text" in message:
            return Shown(message["text"], replies)
        payload = message["attachment"]["payload"]
        elements = payload.get("elements", [payload])
        pressable = [button for element in elements for button in element.get("buttons", [])]
        text = payload.get("text") or "\n".join(f"{one['title']}\n{one.get('subtitle')}" for one in elements)
        return Shown(text, [(button["title"], button["payload"]) for button in pressable])


class OnSlack(Person):
    channel, url_setting = "slack", "slack_url"
    settings: ClassVar = {"slack_token": "xoxb-slack", "slack_signing_secret": "slack signing secret"}

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        return {"ok": True, "channel": call.body.get("channel"), "ts": f"{time.time():.6f}"}

    def event(self, **fields: Any) -> dict[str, Any]:
        event = {"type": "message", "channel": f"D{self.id}", "channel_type": "im", "user": f"U{self.id}"}
        event |= {"ts": f"1764250000.{number() % 1_000_000:06}", "team": "T1", **fields}
        return {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event, "event_id": "Ev1"}

    def message(self, text: str) -> Request:
        return self.signed(self.event(text=html.escape(text, quote=False), client_msg_id="x"))

    def shared(self, *urls: str, text: str = "", mimetype: str = "image/jpeg") -> Request:
        files = [{"id": f"F{number()}", "mimetype": mimetype, "url_private": url} for url in urls]
        return self.signed(self.event(subtype="file_share", text=text, files=files))

    def photo(self, content: bytes, text: str | None = None) -> Request:
        return self.shared(self.put(content), text=text or "")

    def voice(self) -> Request:
        return self.shared(f"{self.provider.url}/voice", text="listen", mimetype="audio/webm")

    def press(self, token: str) -> Request:
        action = {"type": "button", "action_id": "choice-0", "block_id": "b", "value": token}
        payload = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": f"U{self.id}", "team_id": "T1"},
            "channel": {"id": f"D{self.id}", "name": "directmessage"},
            "message": {"ts": "1764250000.000001"},
            "actions": [{**action, "action_ts": f"1764250000.{number() % 1_000_000:06}"}],
        }
        form = urlencode({"payload": json.dumps(payload)}).encode()
        return self.sealed(form, "application/x-www-form-urlencoded")

    def signed(self, body: Any, key: str | None = None) -> Request:
        return self.sealed(json.dumps(body).encode(), "application/json", key=key)

    def sealed(self, body: bytes, media: str, *, key: str | None = None, age_s: int = 0) -> Request:
        secret, moment = key or self.settings["slack_signing_secret"], str(int(time.time()) - age_s)
        mac = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Signature": f"v0={mac}", "X-Slack-Request-Timestamp": moment}
        return Request(body, {**headers, "Content-Type": media})

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.body.get("channel") == f"D{self.id}"]

    def shown(self, call: Call) -> Shown:
        section, *rest = call.body["blocks"]
        buttons = [button for block in rest for button in block["elements"]]
        text = section["text"]["text"] if section["type"] == "section" else ""
        return Shown(text, [(button["text"]["text"], button["value"]) for button in buttons])


class OnWeChat(Person):
    channel, url_setting, signs_the_body, captions = "wechat", "wechat_url", False, False
    settings: ClassVar = {
        "wechat_app_id": "wx1",
        "wechat_app_secret": "wechat secret",
        "wechat_token": "WeChatTokenForTests",
    }

    @staticmethod
    def usual(call: Call) -> dict[str, Any]:
        if call.path == "/cgi-bin/stable_token":
            return {"access_token": f"access-{call.body['secret']}".replace(" ", "-"), "expires_in": 7200}
        return {"errcode": 0, "errmsg": "ok"}

    def xml(self, kind: str, **fields: Any) -> str:
        fields = {"ToUserName": "gh_shop", "FromUserName": f"o{self.id}", "CreateTime": number(), **fields}
        fields["MsgType"] = kind
        texts = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        return f"<xml>{texts}</xml>"

    def message(self, text: str) -> Request:
        return self.signed(self.xml("text", Content=text, MsgId=number()))

    def photo(self, content: bytes, text: str | None = None) -> Request:
        media_id = f"media-{number()}"
        self.provider.files[f"&media_id={media_id}"] = content
        return self.signed(self.xml("image", PicUrl="http://x.example/1.jpg", MediaId=media_id, MsgId=number()))

    def voice(self) -> Request:
        return self.signed(self.xml("voice", MediaId="m", Format="amr", MsgId=number()))

    def press(self, token: str) -> Request:
        raise NotImplementedError("WeChat shows no buttons")

    def signed(self, body: Any, key: str | None = None, age_s: int = 0) -> Request:
        return Request(str(body).encode(), {"Content-Type": "text/xml"}, self.query(key, age_s))

    def query(self, key: str | None = None, age_s: int = 0) -> dict[str, str]:
        moment, nonce = str(int(time.time()) - age_s), str(number())
        content = "".join(sorted([key or self.settings["wechat_token"], moment, nonce]))
        return {"signature": hashlib.sha1(content.encode()).hexdigest(), "timestamp": moment, "nonce": nonce}

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.body.get("touser") == f"o{self.id}"]

    def shown(self, call: Call) -> Shown:
        if call.body["msgtype"] == "text":
            return Shown(call.body["text"]["content"])
        (article,) = call.body["news"]["articles"]
        return Shown(f"{article['title']}\n{article['description']}")


class ByMail(Person):
    channel, url_setting = "email", "smtp_url"
    settings: ClassVar = {
        "email_imap_url": "imap://bot:secret@127.0.0.1:1/INBOX",
        "email_address": "help@shop.example",
        "smtp_url": "smtp://127.0.0.1:1",
    }
    provider_kind = MailProvider

    def __init__(self, gateway: Any, provider: Any) -> None:
        super().__init__(gateway, provider)
        self.address = f"ana{self.id}@mail.example"

    def mail(self, text: str | None, **headers: str) -> EmailMessage:
        """A mail in the thread of the last answer, if there was one."""
        mail, answers = EmailMessage(), self.calls(self.provider.calls)
        named = {"From": f"Ana <{self.address}>", "To": "help@shop.example", "Subject": "My order"}
        named["Message-ID"] = f"<{number()}@mail.example>"
        if answers:
            named["In-Reply-To"] = named["References"] = answers[-1].headers["message-id"]
        for name, value in {**named, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
            if value:
                mail[name] = value
        if text is not None:
            mail.set_content(text)
        return mail

    def message(self, text: str) -> Request:
        return Request(self.mail(text).as_bytes(), {})

    def photo(self, content: bytes, text: str | None = None) -> Request:
        mail = self.mail(text, **({} if text else {"Subject": ""}))
        mail.add_attachment(content, maintype="image", subtype="jpeg", filename="look.jpg")
        return Request(mail.as_bytes(), {})

    def voice(self) -> Request:
        mail = self.mail(None, Subject="")
        mail.add_attachment(b"ogg", maintype="audio", subtype="ogg", filename="voice.ogg")
        return Request(mail.as_bytes(), {})

    def press(self, token: str) -> Request:
        raise NotImplementedError("mails have no buttons")

    def post(self, request: Request) -> httpx.Response:
        self.provider.deposit(request.body)
        return httpx.Response(200)

    def calls(self, calls: list[Call]) -> list[Call]:
        return [call for call in calls if call.headers["to"] == self.address]

    def shown(self, call: Call) -> Shown:
        return Shown(call.body["plain"].strip())


ON_WEBHOOKS: list[type[Person]] = [OnTelegram, OnWhatsApp, OnFacebook, OnSlack, OnWeChat]
PEOPLE: list[type[Person]] = [*ON_WEBHOOKS, ByMail]


def numbered(text: str) -> dict[str, str]:
    """The choices of a numbered list in a text: number by title."""
    return {title: number for number, title in re.findall(r"^(\d+)\. (.+)$", text, re.MULTILINE)}
