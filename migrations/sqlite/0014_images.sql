-- Pictures of products, and files of products that wait for an operator's word.
-- Twin: ../mysql/0014_images.sql

-- A picture in two sizes, each named by the SHA-256 of its own bytes. The one at position 0 is the cover. What is long
-- stands last, so that whoever reads the rest reads past none of it.
CREATE TABLE product_images (
    product_id   INTEGER NOT NULL REFERENCES products (id),
    digest       BLOB    NOT NULL,
    small_digest BLOB    NOT NULL,
    position     INTEGER NOT NULL CHECK (position >= 0),
    media_type   TEXT    NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png')),
    width        INTEGER NOT NULL CHECK (width > 0),
    height       INTEGER NOT NULL CHECK (height > 0),
    small_width  INTEGER NOT NULL CHECK (small_width > 0),
    small_height INTEGER NOT NULL CHECK (small_height > 0),
    created_at   INTEGER NOT NULL,
    small_bytes  BLOB    NOT NULL,
    bytes        BLOB    NOT NULL,
    PRIMARY KEY (product_id, digest)
) STRICT;
CREATE INDEX product_images_by_place ON product_images (product_id, position);
CREATE INDEX product_images_by_digest ON product_images (digest);
CREATE INDEX product_images_by_small ON product_images (small_digest);

-- A CSV file by the SHA-256 of its bytes, between its dry run and its import; a day at most.
CREATE TABLE product_imports (
    digest      BLOB    NOT NULL PRIMARY KEY,
    operator_id INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    bytes       BLOB    NOT NULL
) STRICT;
CREATE INDEX product_imports_by_time ON product_imports (created_at);
