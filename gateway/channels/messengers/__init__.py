"""Messengers over the gateway's one path: what comes in goes through the inbox, what was stored is sent.

``webhooks.py`` takes a provider's request, ``receiving.py`` makes it durable, ``sender.py`` sends stored items and
keeps how far it came. One module per messenger verifies and reads its requests and makes its calls; ``rendering.py``
fits items into what it can show; ``photos.py`` takes photos in, ``downloads.py`` from the provider's own hosts only.
"""
