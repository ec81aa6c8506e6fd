"""Randomly made encoders of the families that can be trained, a few kilobytes each, with tokenizers of their kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    DebertaV2Config,
    ModernBertConfig,
    PretrainedConfig,
    RobertaConfig,
    XLMRobertaConfig,
)
from transformers.models.auto import AutoModel

torch.set_num_threads(1)  # threads that wait for each other take longer than models of this size

SIZES = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
VOCABULARY = 400
BERT_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
ROBERTA_MARKS = ["<s>", "<pad>", "</s>", "<unk>"]
MARKS = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}

CONFIGURATIONS: dict[str, Callable[[int], PretrainedConfig]] = {
    "bert": lambda size: BertConfig(vocab_size=size, max_position_embeddings=64, **SIZES),
    "roberta": lambda size: RobertaConfig(
        vocab_size=size, max_position_embeddings=66, type_vocab_size=1, **MARKS, **SIZES
    ),
    "xlm-roberta": lambda size: XLMRobertaConfig(
        vocab_size=size, max_position_embeddings=66, type_vocab_size=1, **MARKS, **SIZES
    ),
    "deberta-v2": lambda size: DebertaV2Config(
        vocab_size=size,
        max_position_embeddings=64,
        relative_attention=True,
        position_buckets=16,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type="p2c|c2p",
        position_biased_input=False,
        type_vocab_size=0,
        **SIZES,
    ),
    "modernbert": lambda size: ModernBertConfig(
        vocab_size=size,
        max_position_embeddings=128,
        local_attention=16,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        cls_token_id=2,
        sep_token_id=3,
        **SIZES,
    ),
}


def make_encoder(family: str, folder: Path, texts: Iterable[str]) -> Path:
    """Write an encoder of ``family`` to ``folder`` as Hugging Face lays it out; its tokenizer learnt from ``texts``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _TOKENIZERS[family](list(texts))
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    AutoModel.from_config(CONFIGURATIONS[family](max(tokenizer.get_vocab_size(), 110))).save_pretrained(folder)
    return folder


def _word_piece(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=BERT_MARKS))
    return _with_marks(tokenizer, "[CLS]", "[SEP]")


def _byte_level(texts: list[str], marks: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=marks, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _roberta(texts: list[str]) -> Tokenizer:
    tokenizer = _byte_level(texts, ROBERTA_MARKS)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def _modern(texts: list[str]) -> Tokenizer:
    """Unlike RoBERTa's, its offsets include the space before a word."""
    return _with_marks(_byte_level(texts, BERT_MARKS), "[CLS]", "[SEP]")


def _unigram(texts: list[str], marks: list[str], *, spaces_first: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    meta = pre_tokenizers.Metaspace()
    first = pre_tokenizers.WhitespaceSplit()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([first, meta]) if spaces_first else meta
    unknown = next(mark for mark in marks if "unk" in mark.lower())
    trainer = trainers.UnigramTrainer(vocab_size=VOCABULARY, special_tokens=marks, unk_token=unknown)
    tokenizer.train_from_iterator(texts, trainer)
    return _with_marks(tokenizer, *(("<s>", "</s>") if "<s>" in marks else ("[CLS]", "[SEP]")))


def _with_marks(tokenizer: Tokenizer, first: str, last: str) -> Tokenizer:
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=marks)
    return tokenizer


_TOKENIZERS: dict[str, Callable[[list[str]], Tokenizer]] = {
    "bert": _word_piece,
    "roberta": _roberta,
    "xlm-roberta": lambda texts: _unigram(texts, ROBERTA_MARKS, spaces_first=True),
    "deberta-v2": lambda texts: _unigram(texts, BERT_MARKS, spaces_first=False),
    "modernbert": _modern,
}
