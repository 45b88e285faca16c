"""One file a page. Each has `render(scope)`, built from `page`, `cards`, `charts` and `cache.ask`."""
