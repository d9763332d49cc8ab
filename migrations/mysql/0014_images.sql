-- Pictures of products, and files of products that wait for an operator's word.
-- Twin: ../sqlite/0014_images.sql

-- A picture in two sizes, each named by the SHA-256 of its own bytes. The one at position 0 is the cover. What is long
-- stands last, so that whoever reads the rest reads past none of it.
CREATE TABLE product_images (
    product_id   BIGINT      NOT NULL REFERENCES products (id),
    digest       BINARY(32)  NOT NULL,
    small_digest BINARY(32)  NOT NULL,
    position     BIGINT      NOT NULL CHECK (position >= 0),
    media_type   VARCHAR(16) NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png')),
    width        BIGINT      NOT NULL CHECK (width > 0),
    height       BIGINT      NOT NULL CHECK (height > 0),
    small_width  BIGINT      NOT NULL CHECK (small_width > 0),
    small_height BIGINT      NOT NULL CHECK (small_height > 0),
    created_at   BIGINT      NOT NULL,
    small_bytes  MEDIUMBLOB  NOT NULL,
    bytes        MEDIUMBLOB  NOT NULL,
    PRIMARY KEY (product_id, digest)
) CHARACTER SET utf8mb4;
CREATE INDEX product_images_by_place ON product_images (product_id, position);
CREATE INDEX product_images_by_digest ON product_images (digest);
CREATE INDEX product_images_by_small ON product_images (small_digest);

-- A CSV file by the SHA-256 of its bytes, between its dry run and its import; a day at most.
CREATE TABLE product_imports (
    digest      BINARY(32) NOT NULL PRIMARY KEY,
    operator_id BIGINT     NOT NULL,
    created_at  BIGINT     NOT NULL,
    bytes       MEDIUMBLOB NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX product_imports_by_time ON product_imports (created_at);
