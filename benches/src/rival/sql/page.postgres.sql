SELECT json_build_object('data', json_build_object('procedure', (
    SELECT {card} FROM (SELECT id, slug, name, category, summary FROM procedure WHERE slug = $1) AS p {outcomes}
)))::text
