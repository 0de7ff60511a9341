SELECT json_object('data', json_object('procedure', (SELECT {card} FROM procedure AS p WHERE p.slug = :slug)))
