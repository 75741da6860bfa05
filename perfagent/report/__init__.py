"""Pure functions from documents to what people read: picture, comment, tables, pages."""
